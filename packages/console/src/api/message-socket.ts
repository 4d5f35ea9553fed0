import { retryDelayMs } from './event-stream.ts';

/** A frame of docs/websocket-json.md. */
export type Frame = Readonly<Record<string, unknown>>;

export interface MessageSocketOptions {
  /** `ws:` or `wss:`. */
  readonly url: string;
  readonly onOpen: () => void;
  readonly onFrame: (frame: Frame) => void;
  /** It is closed, and tried again by itself; `reason` is what the server said of it, if anything. `opened`: it was open before. */
  readonly onLost: (reason: string, opened: boolean) => void;
}

export interface MessageSocket {
  /** `false`: there is no connection, and nothing was sent. */
  readonly send: (frame: Frame) => boolean;
  readonly close: () => void;
}

/** The code of a close that is meant (RFC 6455, section 7.4.1): a will of it is not sent. */
const NORMAL = 1000;

/** Messages as JSON over a WebSocket that comes back. */
export function openMessageSocket({ url, onOpen, onFrame, onLost }: MessageSocketOptions): MessageSocket {
  let socket: WebSocket;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let attempt = 0;
  let over = false;

  const connect = (): void => {
    let opened = false;
    socket = new WebSocket(url);
    socket.onopen = () => {
      opened = true;
      attempt = 0;
      onOpen();
    };
    socket.onmessage = ({ data }) => onFrame(JSON.parse(data as string) as Frame);
    socket.onclose = ({ reason }) => {
      if (over) return;
      timer = setTimeout(connect, retryDelayMs(attempt++, Math.random()));
      onLost(reason, opened);
    };
  };
  connect();
  return {
    send: frame => {
      if (socket.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(frame));
      return true;
    },
    close: () => {
      over = true;
      clearTimeout(timer);
      socket.close(NORMAL);
    },
  };
}

/** Where the messages of an address space are sent and received over a WebSocket, of the server that the page came from. */
export function messageSocketUrl(path: string, page: string): string {
  const url = new URL(path, page);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
