#!/usr/bin/python3
"""Asks for a VIP all the time: probe.py FILE VIP4|- VIP6|- PORT|-

An ICMP echo to each address every 20 ms, a TCP handshake with the IPv4 one every 100 ms. FILE gets a line for each that was
sent ("s KIND NUMBER SECONDS") and for each that was answered ("a KIND NUMBER SECONDS"), which lib.sh turns into the longest time
without an answer. What was not sent because this machine was paused is nobody's loss.
"""
import errno
import os
import select
import socket
import struct
import sys
import time

ECHO_EVERY = 0.02
CONNECT_EVERY = 0.1

out = open(sys.argv[1], "w", buffering=1)
vip4, vip6, port = sys.argv[2:5]
me = os.getpid() & 0xFFFF


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def echo4(number):
    head = struct.pack("!BBHHH", 8, 0, 0, me, number)
    return struct.pack("!BBHHH", 8, 0, checksum(head), me, number)


def echo6(number):
    return struct.pack("!BBHHH", 128, 0, 0, me, number)


echoes = []
if vip4 != "-":
    echoes.append(("icmp4", socket.socket(socket.AF_INET, socket.SOCK_RAW, 1), echo4, (vip4, 0), 0, 20))
if vip6 != "-":
    echoes.append(("icmp6", socket.socket(socket.AF_INET6, socket.SOCK_RAW, 58), echo6, (vip6, 0, 0, 0), 129, 0))
poll = select.poll()
by_fd = {}
for each in echoes:
    each[1].setblocking(False)
    poll.register(each[1], select.POLLIN)
    by_fd[each[1].fileno()] = each
dialled = {}
number = 0
connects = 0
next_echo = next_connect = time.monotonic()


def connect():
    global connects
    connects += 1
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setblocking(False)
    # A reset at the end: no port waits in TIME_WAIT.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    print("s tcp4", connects, "%.3f" % time.monotonic(), file=out)
    failure = sock.connect_ex((vip4, int(port)))
    if failure in (0, errno.EINPROGRESS):
        dialled[sock.fileno()] = (sock, connects, time.monotonic())
        poll.register(sock, select.POLLOUT)
    else:
        sock.close()


def end(fd):
    poll.unregister(fd)
    dialled.pop(fd)[0].close()


while True:
    now = time.monotonic()
    if now >= next_echo:
        number = (number + 1) & 0xFFFF
        for name, sock, packet, target, _, _ in echoes:
            print("s", name, number, "%.3f" % now, file=out)
            try:
                sock.sendto(packet(number), target)
            except OSError:
                # Unreachable: not answered.
                pass
        next_echo = max(next_echo + ECHO_EVERY, now)
    if port != "-" and now >= next_connect:
        connect()
        next_connect = max(next_connect + CONNECT_EVERY, now)
        for fd, (_, _, since) in list(dialled.items()):
            if now - since > 1:
                end(fd)
    for fd, _ in poll.poll(max(0, (next_echo - time.monotonic()) * 1000)):
        if fd in by_fd:
            name, sock, _, _, reply, skip = by_fd[fd]
            try:
                data = sock.recv(2048)[skip:]
            except OSError:
                continue
            kind, _, _, ident, answered = struct.unpack("!BBHHH", data[:8])
            if kind == reply and ident == me:
                print("a", name, answered, "%.3f" % time.monotonic(), file=out)
        elif fd in dialled:
            sock, which, _ = dialled[fd]
            if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                print("a tcp4", which, "%.3f" % time.monotonic(), file=out)
            end(fd)
