import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Passes connections on to the server, and cuts them when it is told to. */
final class CuttableProxy implements AutoCloseable {
  private final ServerSocket listener;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final String host;
  private final int port;

  CuttableProxy(String server) throws IOException {
    int colon = server.lastIndexOf(':');
    host = server.substring(0, colon);
    port = Integer.parseInt(server.substring(colon + 1));
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  String address() {
    return "127.0.0.1:" + listener.getLocalPort();
  }

  void cut() throws IOException {
    for (Socket socket : sockets) socket.close();
    sockets.clear();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    cut();
  }

  private void accept() throws IOException {
    while (true) {
      Socket client = listener.accept();
      Socket server = new Socket(host, port);
      sockets.add(client);
      sockets.add(server);
      start(() -> pass(client, server));
      start(() -> pass(server, client));
    }
  }

  private static void pass(Socket from, Socket to) throws IOException {
    byte[] bytes = new byte[65_536];
    try (from; to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(bytes); count >= 0; count = in.read(bytes)) out.write(bytes, 0, count);
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  /** Ends with its sockets. */
  private static void start(Work work) {
    Thread thread = new Thread(() -> {
      try {
        work.run();
      } catch (IOException closed) {
        // A socket was closed: that is what this is for.
      }
    });
    thread.setDaemon(true);
    thread.start();
  }
}
