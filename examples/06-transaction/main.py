"""Takes one order from the queue `baskets`, and sends a bill and a shipment for it, in one transaction: all of it happens, or nothing.

    python3 main.py [--fail] [amqp://host:port]

With --fail the program dies before it commits. It uses Qpid Proton (Debian: python3-qpid-proton).
"""

import os
import sys

from proton import Message
from proton.handlers import MessagingHandler, TransactionHandler
from proton.reactor import Container

fails = '--fail' in sys.argv
url = next((argument for argument in sys.argv[1:] if argument.startswith('amqp://')), 'amqp://127.0.0.1:5672')


class Packer(MessagingHandler, TransactionHandler):
    def __init__(self):
        # The order is accepted within the transaction, and so not by itself.
        super().__init__(prefetch=0, auto_accept=False)

    def on_start(self, event):
        self.connection = event.container.connect(url, reconnect=False)
        self.orders = event.container.create_receiver(self.connection, 'baskets')
        self.bills = event.container.create_sender(self.connection, 'bills')
        self.shipments = event.container.create_sender(self.connection, 'shipments')
        event.container.declare_transaction(self.connection, handler=self)

    def on_transaction_declared(self, event):
        self.transaction = event.transaction
        self.orders.flow(1)

    def on_message(self, event):
        self.order = event.message.body
        self.transaction.send(self.bills, Message(body=f'bill for {self.order}', durable=True))
        self.transaction.send(self.shipments, Message(body=f'shipment of {self.order}', durable=True))
        self.transaction.accept(event.delivery)
        if not fails:
            self.transaction.commit()

    def on_settled(self, event):
        # The server has both messages, and keeps them to itself until the transaction is over.
        if fails:
            print(f'{self.order}: bill and shipment are sent, and the program dies', flush=True)
            os._exit(1)

    def on_transaction_committed(self, event):
        print(f'{self.order}: order, bill and shipment are done together')
        self.connection.close()

    def on_transaction_commit_failed(self, event):
        print(f'{self.order}: nothing is done: {event.delivery.remote.condition}')
        self.connection.close()


Container(Packer()).run()
