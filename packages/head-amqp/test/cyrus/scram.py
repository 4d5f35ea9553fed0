"""Logs in to an AMQP server by a SCRAM mechanism of Cyrus SASL (libsasl2), and says what became of it.

    scram.py HOST PORT MECHANISM USER PASSWORD    ->  in | refused | unproven: the server did not prove that it knows the password
                                                      missing: this machine has no Cyrus SASL with SCRAM
"""
import ctypes
import socket
import struct
import sys

HOST, PORT, MECHANISM, USER, PASSWORD = sys.argv[1:]
SASL_OK, SASL_CONTINUE = 0, 1
CB_USER, CB_AUTHNAME, CB_PASS = 0x4001, 0x4002, 0x4004

try:
    sasl = ctypes.CDLL('libsasl2.so.2')
except OSError:
    print('missing')
    sys.exit(0)


class Callback(ctypes.Structure):
    _fields_ = [('id', ctypes.c_ulong), ('proc', ctypes.c_void_p), ('context', ctypes.c_void_p)]


class Secret(ctypes.Structure):
    _fields_ = [('len', ctypes.c_ulong), ('data', ctypes.c_char * (len(PASSWORD.encode()) + 1))]


name = ctypes.create_string_buffer(USER.encode())
secret = Secret(len(PASSWORD.encode()), PASSWORD.encode())


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(ctypes.c_char_p), ctypes.POINTER(ctypes.c_uint))
def get_name(_context, _id, result, length):
    result[0] = ctypes.cast(name, ctypes.c_char_p)
    if length:
        length[0] = len(USER.encode())
    return SASL_OK


@ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(ctypes.c_void_p))
def get_secret(_connection, _context, _id, result):
    result[0] = ctypes.addressof(secret)
    return SASL_OK


callbacks = (Callback * 4)(
    Callback(CB_USER, ctypes.cast(get_name, ctypes.c_void_p), None),
    Callback(CB_AUTHNAME, ctypes.cast(get_name, ctypes.c_void_p), None),
    Callback(CB_PASS, ctypes.cast(get_secret, ctypes.c_void_p), None),
    Callback(0, None, None),
)
connection, out, size, chosen = ctypes.c_void_p(), ctypes.POINTER(ctypes.c_char)(), ctypes.c_uint(), ctypes.c_char_p()
assert sasl.sasl_client_init(callbacks) == SASL_OK
assert sasl.sasl_client_new(b'amqp', HOST.encode(), None, None, callbacks, 0, ctypes.byref(connection)) == SASL_OK
started = sasl.sasl_client_start(connection, MECHANISM.encode(), None, ctypes.byref(out), ctypes.byref(size), ctypes.byref(chosen))
if started not in (SASL_OK, SASL_CONTINUE):
    print('missing')
    sys.exit(0)

peer = socket.create_connection((HOST, int(PORT)), timeout=30)


def take(count):
    taken = b''
    while len(taken) < count:
        more = peer.recv(count - len(taken))
        assert more, 'the server hung up'
        taken += more
    return taken


def frame():
    """The descriptor of the next SASL frame, and its list of fields as bytes."""
    length, = struct.unpack('>I', take(4))
    body = take(length - 4)[4:]
    assert body[:2] == b'\x00\x53', body
    fields = {0xc0: body[6:], 0xd0: body[12:]}.get(body[3], b'')
    return body[2], fields


def binary(value):
    return b'\xa0' + bytes([len(value)]) + value if len(value) < 256 else b'\xb0' + struct.pack('>I', len(value)) + value


def read_binary(fields):
    if fields[:1] == b'\xa0':
        return fields[2:2 + fields[1]]
    if fields[:1] == b'\xb0':
        return fields[5:5 + struct.unpack('>I', fields[1:5])[0]]
    return None


def send(descriptor, *fields):
    values = b''.join(fields)
    body = b'\x02\x01\x00\x00\x00\x53' + bytes([descriptor]) + b'\xd0' + struct.pack('>II', len(values) + 4, len(fields)) + values
    peer.sendall(struct.pack('>I', len(body) + 4) + body)


def step(challenge):
    done = sasl.sasl_client_step(connection, challenge, len(challenge), None, ctypes.byref(out), ctypes.byref(size))
    return done, out[:size.value] if size.value else b''


peer.sendall(b'AMQP\x03\x01\x00\x00')
assert take(8) == b'AMQP\x03\x01\x00\x00'
assert frame()[0] == 0x40
send(0x41, b'\xa3' + bytes([len(chosen.value)]) + chosen.value, binary(out[:size.value]))
while True:
    descriptor, fields = frame()
    if descriptor == 0x42:
        done, response = step(read_binary(fields))
        assert done in (SASL_OK, SASL_CONTINUE), done
        send(0x43, binary(response))
        continue
    assert descriptor == 0x44, descriptor
    # A code of 0 is written as 0x50 0x00.
    if fields[:2] != b'\x50\x00':
        print('refused')
    else:
        proof = read_binary(fields[2:])
        print('in' if proof and step(proof)[0] == SASL_OK else 'unproven')
    break
