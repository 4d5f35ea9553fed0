"""Sends itself messages of each QoS, in MQTT 3.1.1 and in 5.0: conversation.py HOST PORT"""

import queue
import sys

import paho.mqtt.client as mqtt

DEADLINE_S = 10


def client_of(version, name):
    arguments = {"client_id": name, "protocol": version}
    # paho 2 asks which signatures its callbacks have; paho 1 does not know the question.
    if hasattr(mqtt, "CallbackAPIVersion"):
        arguments["callback_api_version"] = mqtt.CallbackAPIVersion.VERSION2
    return mqtt.Client(**arguments)


def converse(host, port, version, name):
    client = client_of(version, f"paho-{name}")
    subscribed = queue.Queue()
    messages = queue.Queue()
    client.on_subscribe = lambda *_: subscribed.put(True)
    client.on_message = lambda _client, _userdata, message: messages.put((message.topic, message.payload, message.qos))
    client.connect(host, port)
    client.loop_start()
    client.subscribe(f"paho/{name}/+", qos=2)
    subscribed.get(timeout=DEADLINE_S)
    for qos in (0, 1, 2):
        for payload in (b"", b"short", bytes(300_000)):
            client.publish(f"paho/{name}/{qos}", payload, qos=qos).wait_for_publish(DEADLINE_S)
            got = messages.get(timeout=DEADLINE_S)
            assert got == (f"paho/{name}/{qos}", payload, qos), got[0::2]
    client.disconnect()
    client.loop_stop()
    print(f"done: {name}", flush=True)


converse(sys.argv[1], int(sys.argv[2]), mqtt.MQTTv311, "3.1.1")
converse(sys.argv[1], int(sys.argv[2]), mqtt.MQTTv5, "5.0")
