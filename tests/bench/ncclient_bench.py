"""500 get-config with ncclient: HOST PORT USER KEY_FILE REQUESTS SESSIONS.

Each session has a thread, as ncclient wants it. Prints the seconds that the
requests took, sessions being up, and how many succeeded."""
import sys
import threading
import time

from ncclient import manager

host, port, user, key, requests, sessions = sys.argv[1:7]
requests, sessions = int(requests), int(sessions)
open_sessions = [
    manager.connect(host=host, port=int(port), username=user, key_filename=key,
                    hostkey_verify=False, allow_agent=False,
                    look_for_keys=False, timeout=120)
    for _ in range(sessions)]
succeeded = []


def work(session, count):
    good = 0
    for _ in range(count):
        if session.get_config(source="running").ok:
            good += 1
    succeeded.append(good)


threads = [threading.Thread(target=work, args=(session, requests // sessions))
           for session in open_sessions]
begin = time.monotonic()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(time.monotonic() - begin, sum(succeeded))
for session in open_sessions:
    session.close_session()
