"""Sends one message: smtplib_send.py PORT none|starttls|tls MECHANISM|none FROM PASSWORD TO SUBJECT FILE"""
import email.message
import email.policy
import os
import smtplib
import ssl
import sys

port, security, mechanism, sender, password, to, subject, file = sys.argv[1:]
context = ssl._create_unverified_context()
host = os.environ["HOST"]
client = smtplib.SMTP_SSL(host, int(port), context=context) if security == "tls" else smtplib.SMTP(host, int(port))
if security == "starttls":
    client.starttls(context=context)
client.ehlo()
if mechanism != "none":
    client.user, client.password = sender, password
    method = {"PLAIN": client.auth_plain, "LOGIN": client.auth_login}[mechanism]
    client.auth(mechanism, method)
message = email.message.EmailMessage(policy=email.policy.SMTP)
message["From"], message["To"], message["Subject"] = sender, to, subject
message.set_content("Grüße\n.\n..\n.dot\n")
message.add_attachment(open(file, "rb").read(), maintype="application", subtype="octet-stream", filename="raw.bin")
client.send_message(message)
client.quit()
