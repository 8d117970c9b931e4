"""Two UDP sockets on one port (SO_REUSEPORT) and two workers, as nginx makes them: `nginx-sockets.py ADDRESS PORT`.

The master opens all sockets, and each worker has all of them open, but waits for one alone, by epoll. Says of each worker:
`worker PID COOKIE`. At SIGUSR1 the second socket is closed in the master and in the first worker, at SIGUSR2 the master
opens one more and says `added COOKIE`. The workers end with the master.
"""

import os
import select
import signal
import socket
import struct
import sys

ADDRESS, PORT = sys.argv[1], int(sys.argv[2])
SO_COOKIE = 57


def listener():
    opened = socket.socket(socket.AF_INET6 if ":" in ADDRESS else socket.AF_INET, socket.SOCK_DGRAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    opened.bind((ADDRESS, PORT))
    return opened


def cookie(opened):
    return struct.unpack("=Q", opened.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8))[0]


def work(own):
    signal.signal(signal.SIGUSR1, lambda *_: sockets[1].close())
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    waiting = select.epoll()
    waiting.register(own, select.EPOLLIN)
    master = os.getppid()
    os.write(ready[1], b".")
    while os.getppid() == master:
        for _ in waiting.poll(1):
            own.recv(65536)


def close(*_):
    os.kill(workers[0], signal.SIGUSR1)
    sockets[1].close()


def add(*_):
    sockets.append(listener())
    print("added", cookie(sockets[-1]), flush=True)


sockets = [listener(), listener()]
ready = os.pipe()
workers = []
for each in sockets:
    pid = os.fork()
    if pid == 0:
        work(each)
        os._exit(0)
    workers.append(pid)

signal.signal(signal.SIGUSR1, close)
signal.signal(signal.SIGUSR2, add)
for pid, each in zip(workers, sockets):
    os.read(ready[0], 1)
    print("worker", pid, cookie(each), flush=True)
while True:
    signal.pause()
