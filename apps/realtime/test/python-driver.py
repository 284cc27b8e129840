"""A driver in Python: connects as its library does by default, and reports what it got as JSON."""
import json
import sys
import threading

import socketio

url, token, transports = sys.argv[1], sys.argv[2], sys.argv[3].split(",")
client = socketio.Client(reconnection=False)
greeted = threading.Event()
report = {"refused": None}


@client.on("hello", namespace="/drivers")
def hello(data):
    report["hello"] = data
    greeted.set()


@client.on("connect_error", namespace="/drivers")
def refused(data):
    report["refused"] = data
    greeted.set()


client.connect(url, auth={"token": token}, namespaces=["/drivers"], transports=transports or None)
greeted.wait(30)
if report["refused"] is None:
    report["acks"] = [
        client.call(
            "driver:location:ping",
            {"latitude": 40.7128 + i / 100000, "longitude": -74.006},
            namespace="/drivers",
            timeout=30,
        )
        for i in range(5)
    ]
    report["transport"] = client.transport()
client.disconnect()
print(json.dumps(report))
