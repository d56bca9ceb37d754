"""Runs scripts in a Thunderbird of its own, without a screen, by Marionette (its remote control, a JSON protocol over TCP)."""
import json
import os
import socket
import subprocess
import time


class Thunderbird:
    START_SECONDS_MAX = 60

    def __init__(self, profile, port):
        os.makedirs(profile, exist_ok=True)
        prefs = {
            "marionette.port": port,
            "remote.prefs.recommended": False,
            "app.update.enabled": False,
            "datareporting.policy.dataSubmissionEnabled": False,
            "mailnews.start_page.enabled": False,
            "mail.provider.suppress_dialog_on_startup": True,
            "mail.spotlight.firstRunDone": True,
            "mail.winsearch.firstRunDone": True,
            "mail.rights.version": 1,
            "mail.shell.checkDefaultClient": False,
            "mail.biff.show_alert": False,
            "network.proxy.type": 0,
        }
        with open(f"{profile}/user.js", "w", encoding="utf-8") as file:
            for name, value in prefs.items():
                file.write(f'user_pref("{name}", {json.dumps(value)});\n')
        self.log = open(f"{profile}/out", "wb")
        environment = dict(os.environ, MOZ_HEADLESS="1", MOZ_CRASHREPORTER_DISABLE="1", HOME=profile)
        self.process = subprocess.Popen(
            ["thunderbird", "--headless", "--no-remote", "--profile", profile, "--marionette", "--remote-allow-system-access"],
            stdout=self.log, stderr=subprocess.STDOUT, env=environment, start_new_session=True)
        self.socket, self.number = None, 0
        deadline = time.monotonic() + self.START_SECONDS_MAX
        while self.socket is None:
            try:
                self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
            except OSError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.2)
        self.buffer = b""
        self._receive()  # the greeting
        self._send("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"timeouts": {"script": 100_000}}}})
        self._send("Marionette:SetContext", {"value": "chrome"})

    def run(self, script, *arguments):
        """Runs the body of an async function in the main window; what it returns comes back."""
        body = ("const [done, ...rest] = [arguments[arguments.length - 1], ...Array.from(arguments).slice(0, -1)];"
                "(async (...args) => {" + script + "})(...rest).then(value => done({value}), error => done({error: String(error)}));")
        answer = self._send("WebDriver:ExecuteAsyncScript", {"script": body, "args": list(arguments), "newSandbox": True})["value"]
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer.get("value")

    def close(self):
        try:
            self._send("Marionette:Quit", {"flags": ["eForceQuit"]})
        except (OSError, RuntimeError, ValueError):
            pass  # it went before it answered
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, 9)
            self.process.wait()
        self.log.close()

    def _send(self, name, parameters):
        self.number += 1
        text = json.dumps([0, self.number, name, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(text), text))
        while True:
            answer = self._receive()
            if isinstance(answer, list) and answer[:2] == [1, self.number]:
                break
        if answer[2]:
            raise RuntimeError(f"{name}: {answer[2].get('message')}")
        return answer[3]

    def _receive(self):
        while b":" not in self.buffer:
            self.buffer += self._more()
        length, _, self.buffer = self.buffer.partition(b":")
        while len(self.buffer) < int(length):
            self.buffer += self._more()
        text, self.buffer = self.buffer[:int(length)], self.buffer[int(length):]
        return json.loads(text)

    def _more(self):
        data = self.socket.recv(65536)
        if not data:
            raise OSError("Thunderbird closed the connection")
        return data
