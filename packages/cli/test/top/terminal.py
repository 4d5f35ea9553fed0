"""A terminal for a program: terminal.py PROGRAM ARGUMENT...

What the program writes goes to standard output. Lines of standard input say what happens to the
terminal: "size ROWS COLUMNS", or "keys HEX". At the end standard error has one line: how the
program ended, and whether the terminal is as it was before.
"""

import fcntl
import os
import pty
import select
import struct
import sys
import termios


def set_size(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


terminal, inner = pty.openpty()
set_size(terminal, 24, 80)
before = termios.tcgetattr(inner)
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(inner, termios.TIOCSCTTY, 0)
    for fd in range(3):
        os.dup2(inner, fd)
    os.execvp(sys.argv[1], sys.argv[1:])

commands = b""
ended = 0
while not ended:
    ready, _, _ = select.select([terminal, 0], [], [], 0.05)
    if terminal in ready:
        sys.stdout.buffer.write(os.read(terminal, 65536))
        sys.stdout.buffer.flush()
    if 0 in ready:
        more = os.read(0, 4096)
        if not more:
            os.kill(child, 9)
            ended, status = os.waitpid(child, 0)
        commands += more
        *lines, commands = commands.split(b"\n")
        for line in lines:
            verb, *words = line.decode().split()
            if verb == "size":
                set_size(terminal, int(words[0]), int(words[1]))
            else:
                os.write(terminal, bytes.fromhex(words[0]))
    if not ready:
        ended, status = os.waitpid(child, os.WNOHANG)
restored = termios.tcgetattr(inner) == before
print(f"{os.waitstatus_to_exitcode(status)} {'restored' if restored else 'changed'}", file=sys.stderr)
