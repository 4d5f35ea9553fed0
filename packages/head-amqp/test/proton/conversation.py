"""What Qpid Proton says to the server: `conversation.py URL NAME` runs one conversation and fails with a traceback when it goes wrong."""

import sys
import uuid

from proton import (
    ConnectionException, Delivery, Described, Message, byte, char, decimal128, decimal32, decimal64, float32, int32, short, symbol, timestamp, ubyte,
    uint, ulong, ushort,
)
from proton.handlers import MessagingHandler, TransactionHandler
from proton.reactor import AtLeastOnce, AtMostOnce, Container, Copy, DurableSubscription, Filter, LinkOption, Selector
from proton.utils import BlockingConnection, LinkDetached, SendException

URL = sys.argv[1]
TIMEOUT_S = 20
KIBIBYTE = 1024


class Capability(LinkOption):
    """Asks for an address of this type."""

    def __init__(self, name):
        self.name = name

    def apply(self, link):
        terminus = link.source if link.is_receiver else link.target
        terminus.capabilities.put_object(symbol(self.name))


def connect(**options):
    return BlockingConnection(URL, timeout=TIMEOUT_S, **options)


def equal(actual, expected):
    assert actual == expected, f'{actual!r} is not {expected!r}'


def send_and_receive():
    connection = connect()
    sender = connection.create_sender('proton/queue')
    for number in range(100):
        equal(sender.send(Message(body=f'message {number}', durable=number % 2 == 0)).remote_state, Delivery.ACCEPTED)
    receiver = connection.create_receiver('proton/queue', credit=10)
    for number in range(100):
        equal(receiver.receive().body, f'message {number}')
        receiver.accept()
    connection.close()


def all_types():
    value = {
        'null': None, 'true': True, 'false': False,
        'ubyte': ubyte(255), 'ushort': ushort(65535), 'uint': uint(4294967295), 'ulong': ulong(18446744073709551615),
        'byte': byte(-128), 'short': short(-32768), 'int': int32(-2147483648), 'long': -9223372036854775808,
        'float': float32(1.5), 'double': 3.141592653589793,
        'decimal32': decimal32(0x22500001), 'decimal64': decimal64(0x2230000000000001), 'decimal128': decimal128(bytes(range(16))),
        'char': char('\U0001f40e'), 'timestamp': timestamp(1700000000123), 'uuid': uuid.UUID(int=0x123456789),
        'binary': bytes(range(256)) * 4, 'string': 'ä€🐎' * 100, 'symbol': symbol('a-symbol'),
        'list': [1, 'two', [3.0, None]], 'map': {'one': {'two': 3}}, 'described': Described(symbol('a:descriptor'), 'value'),
    }
    sent = Message(
        body=value, id=ulong(7), user_id=b'user', subject='subject', reply_to='reply', correlation_id=uuid.UUID(int=5),
        content_type=symbol('text/plain'), content_encoding=symbol('gzip'), expiry_time=4102444800.0, creation_time=1700000000.0,
        group_id='group', group_sequence=3, reply_to_group_id='back', durable=True, priority=7, ttl=1000000.0,
    )
    sent.properties = {key: entry for key, entry in value.items() if key not in ('list', 'map', 'described')}
    sent.annotations = {symbol('x-opt-annotation'): value['list']}
    sent.instructions = {symbol('x-opt-instruction'): 1}
    for capability in ('queue', 'topic', 'anycast', 'multicast'):
        address = f'proton/types-{capability}'
        connection = connect()
        receiver = connection.create_receiver(address, credit=1, options=[Capability(capability)])
        sender = connection.create_sender(address)
        pending = sender.link.send(sent)
        received = receiver.receive()
        receiver.accept()
        connection.wait(lambda: pending.settled, timeout=TIMEOUT_S)
        equal(received.body, sent.body)
        for key in value:
            equal(type(received.body[key]), type(sent.body[key]))
        for field in ('id', 'user_id', 'subject', 'reply_to', 'correlation_id', 'content_type', 'content_encoding', 'expiry_time',
                      'creation_time', 'group_id', 'group_sequence', 'reply_to_group_id', 'durable', 'priority', 'properties',
                      'annotations', 'instructions'):
            equal(getattr(received, field), getattr(sent, field))
        assert 0 < received.ttl <= sent.ttl, received.ttl
        connection.close()


def sizes():
    for capability in ('queue', 'anycast'):
        address = f'proton/sizes-{capability}'
        connection = connect()
        receiver = connection.create_receiver(address, credit=20, options=[Capability(capability)])
        sender = connection.create_sender(address)
        for size in (0, 1, 200, 512, 4 * KIBIBYTE, 65000, 64 * KIBIBYTE, 65 * KIBIBYTE, KIBIBYTE * KIBIBYTE, 10 * KIBIBYTE * KIBIBYTE):
            body = (bytes(range(251)) * (size // 251 + 1))[:size]
            pending = sender.link.send(Message(body=body))
            assert receiver.receive().body == body, size
            receiver.accept()
            connection.wait(lambda: pending.settled, timeout=TIMEOUT_S)
            equal(pending.remote_state, Delivery.ACCEPTED)
        connection.close()


def durable_subscriber():
    class Subscriber(MessagingHandler):
        def __init__(self, expected):
            super().__init__()
            self.expected = expected
            self.bodies = []

        def on_start(self, event):
            event.container.container_id = 'proton-subscriber'
            self.connection = event.container.connect(URL, reconnect=False)
            self.receiver = event.container.create_receiver(
                self.connection, 'proton/topic', name='sub', options=[DurableSubscription(), Capability('topic')])

        def on_link_opened(self, event):
            if not self.expected:
                self.leave()

        def on_message(self, event):
            self.bodies.append(event.message.body)
            if self.bodies == self.expected:
                self.accept(event.delivery)
                self.leave()

        def leave(self):
            self.receiver.detach()
            self.connection.close()

    Container(Subscriber([])).run()
    publisher = connect()
    sender = publisher.create_sender('proton/topic')
    for body in ('one', 'two'):
        sender.send(Message(body=body, durable=True))
    publisher.close()
    back = Subscriber(['one', 'two'])
    Container(back).run()
    equal(back.bodies, ['one', 'two'])


def outcomes():
    connection = connect()
    sender = connection.create_sender('proton/outcomes')
    receiver = connection.create_receiver('proton/outcomes', credit=1)
    sender.send(Message(body='task'))
    message = receiver.receive()
    equal((message.delivery_count, message.first_acquirer), (0, True))
    receiver.release(delivered=False)
    message = receiver.receive()
    equal((message.delivery_count, message.first_acquirer), (0, False))
    receiver.fetcher.unsettled[0].local.failed = True
    receiver.release(delivered=True)
    equal(receiver.receive().delivery_count, 1)
    receiver.reject()
    sender.send(Message(body='next'))
    equal(receiver.receive().body, 'next')
    receiver.accept()
    connection.close()


def refused():
    connection = connect()
    sender = connection.create_sender(None)
    try:
        sender.send(Message(address='not//valid', body='lost'))
        raise AssertionError('the message was not rejected')
    except SendException as error:
        equal(error.state, Delivery.REJECTED)
    try:
        connection.create_receiver('not//valid')
        raise AssertionError('the link was not refused')
    except LinkDetached as error:
        equal(error.condition, 'amqp:invalid-field')
    connection.close()


def browse():
    connection = connect()
    sender = connection.create_sender('proton/browsed')
    for number in range(3):
        sender.send(Message(body=number))
    for _ in range(2):
        browser = connection.create_receiver('proton/browsed', credit=10, options=[Copy()])
        equal([browser.receive().body for _ in range(3)], [0, 1, 2])
        browser.close()
    receiver = connection.create_receiver('proton/browsed', credit=10)
    equal([receiver.receive().body for _ in range(3)], [0, 1, 2])
    connection.close()


def selectors():
    connection = connect()
    sender = connection.create_sender('proton/selected')
    for number in range(4):
        sender.send(Message(body=number, properties={'number': number, 'colour': 'it\'s green'}))
    receiver = connection.create_receiver('proton/selected', credit=10, options=[Selector("number > 1 AND colour LIKE 'it''s %'")])
    equal([receiver.receive().body for _ in range(2)], [2, 3])
    rest = connection.create_receiver('proton/selected', credit=10, name='rest')
    equal([rest.receive().body for _ in range(2)], [0, 1])
    try:
        connection.create_receiver('proton/selected', name='wrong', options=[Selector('number >')])
    except LinkDetached as detached:
        equal(detached.condition, 'amqp:invalid-field')
    else:
        raise AssertionError('a selector that is not valid was taken')
    connection.close()


def stream():
    connection = connect()
    sender = connection.create_sender('proton/stream', options=[Capability('stream')])
    for number in range(10):
        sender.send(Message(body=number, durable=True, annotations={symbol('x-own'): number}))
    name = symbol('rabbitmq:stream-offset-spec')
    for place, begins in (('first', 0), ('last', 9), (7, 7), (ulong(3), 3), (timestamp(0), 0), ('1h', 0)):
        options = [Filter({name: Described(name, place)})]
        receiver = connection.create_receiver('proton/stream', credit=20, options=options)
        for number in range(begins, 10):
            message = receiver.receive()
            equal((message.body, message.annotations), (number, {'x-own': number, 'x-stream-offset': number}))
            receiver.accept()
        receiver.close()
    connection.close()


def request_and_reply():
    connection = connect()
    requests = connection.create_receiver('proton/service', credit=1, options=[Capability('anycast')])
    answers = connection.create_receiver(None, credit=1, dynamic=True)
    sender = connection.create_sender('proton/service')
    relay = connection.create_sender(None)
    pending = sender.link.send(Message(id='m1', reply_to=answers.link.remote_source.address, body='question'))
    request = requests.receive()
    requests.accept()
    connection.wait(lambda: pending.settled, timeout=TIMEOUT_S)
    relay.send(Message(address=request.reply_to, correlation_id=request.id, body=request.body.upper()))
    answer = answers.receive()
    equal((answer.correlation_id, answer.body), ('m1', 'QUESTION'))
    connection.close()


def settle_modes():
    connection = connect()
    sender = connection.create_sender('proton/modes', options=[AtMostOnce()])
    sender.send(Message(body='settled'))
    receiver = connection.create_receiver('proton/modes', credit=1, options=[AtLeastOnce()])
    equal(receiver.receive().body, 'settled')
    receiver.accept()
    connection.close()


def heartbeats():
    """Both sides are silent for longer than the other's idle time-out allows without empty frames."""
    class Silent(MessagingHandler):
        def on_start(self, event):
            event.container.connect(URL, heartbeat=1, reconnect=False)

        def on_connection_opened(self, event):
            self.connection = event.connection
            event.container.schedule(2.5, self)

        def on_timer_task(self, event):
            self.connection.close()

        def on_transport_error(self, event):
            raise AssertionError(event.transport.condition)

    Container(Silent()).run()


def plain():
    connection = connect(allowed_mechs='PLAIN', allow_insecure_mechs=True, user='anna', password='secret')
    connection.create_sender('proton/plain').send(Message(body='let in'))
    connection.close()
    try:
        connect(allowed_mechs='PLAIN', allow_insecure_mechs=True, user='anna', password='guess')
        raise AssertionError('a wrong password was let in')
    except ConnectionException as error:
        assert 'unauthorized' in str(error) or 'failed' in str(error), error


def transactions():
    """Moves messages from one queue to another: two are committed, two rolled back and moved again, and the last one committed."""
    class Mover(MessagingHandler, TransactionHandler):
        def __init__(self, settle_before_discharge):
            super().__init__(prefetch=0, auto_accept=False)
            self.settle_before_discharge = settle_before_discharge
            self.transaction = None
            self.in_it = 0
            self.discharges = []

        def on_start(self, event):
            self.container = event.container
            self.connection = event.container.connect(URL, reconnect=False)
            self.receiver = event.container.create_receiver(self.connection, 'proton/from')
            self.sender = event.container.create_sender(self.connection, 'proton/to')
            self.declare()

        def declare(self):
            self.in_it = 0
            self.container.declare_transaction(self.connection, handler=self, settle_before_discharge=self.settle_before_discharge)

        def on_transaction_declared(self, event):
            self.transaction = event.transaction
            self.receiver.flow(2)

        def on_message(self, event):
            self.transaction.send(self.sender, Message(body=event.message.body, durable=True))
            self.transaction.accept(event.delivery)
            self.in_it += 1
            if self.in_it == 2:
                if len(self.discharges) == 1:
                    self.transaction.abort()
                else:
                    self.transaction.commit()

        def on_transaction_committed(self, event):
            self.discharges.append('committed')
            if len(self.discharges) == 3:
                self.connection.close()
            else:
                self.declare()

        def on_transaction_aborted(self, event):
            self.discharges.append('aborted')
            self.declare()

        def on_transaction_declare_failed(self, event):
            raise AssertionError(event.delivery.remote.condition)

        def on_transaction_commit_failed(self, event):
            raise AssertionError(event.delivery.remote.condition)

    for settle_before_discharge in (False, True):
        connection = connect()
        filler = connection.create_sender('proton/from')
        for number in range(4):
            filler.send(Message(body=number, durable=True))
        mover = Mover(settle_before_discharge)
        Container(mover).run()
        equal(mover.discharges, ['committed', 'aborted', 'committed'])
        moved = connection.create_receiver('proton/to', credit=10)
        equal([moved.receive().body for _ in range(4)], [0, 1, 2, 3])
        for _ in range(4):
            moved.accept()
        connection.close()


CONVERSATIONS = {
    function.__name__.replace('_', '-'): function
    for function in (send_and_receive, all_types, sizes, durable_subscriber, outcomes, refused, browse, selectors, stream,
                     request_and_reply, settle_modes, transactions, heartbeats, plain)
}
for name in sys.argv[2:]:
    CONVERSATIONS[name]()
    print(f'done: {name}', flush=True)
