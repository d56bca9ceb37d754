"""Scripts and messages of which Pigeonhole and CompatBot must think the same. Ours; everything is about example.org."""
import random

MESSAGES = [
    # plain, with a list's fields and a tag in the recipient
    b"From: Coyote <coyote@desert.example.org>\r\nTo: roadrunner+acme@acme.example.com\r\nCc: =?utf-8?q?J=C3=B6rg?= <joerg@x.example>\r\n"
    b"Subject: I have a present for you\r\nDate: Tue, 01 Apr 1997 09:06:31 -0800\r\nMessage-ID: <1@desert>\r\n"
    b"List-Id: <acme.lists.example>\r\nX-Spam-Score: 7.5\r\nX-Number: 42 apples\r\n\r\nLook, I'm sorry about the whole anvil thing.\r\n",
    # encoded words, folds, two fields of one name, an empty one
    b"Received: from a by b; Fri, 20 Nov 2026 10:11:12 +0100\r\nReceived: from c by d; Thu, 19 Nov 2026 23:59:59 +0000\r\n"
    b"From: \"Smith, Bob\" <BOB@Example.COM>, alice@example.net (Alice)\r\nTo: undisclosed-recipients:;\r\n"
    b"Subject: =?iso-8859-1?Q?Gr=FC=DFe_aus_K=F6ln?=\r\n =?utf-8?B?w6TDtsO8?=\r\nX-Empty:\r\nX-Multi: one\r\nX-Multi: two words\r\n"
    b"X-Multi: Three * ? \\ stars\r\nDate: 5 Jul 2026 07:08:09 GMT\r\nMessage-ID: <2@example.net>\r\n\r\n",
    # multipart with text, HTML in base64, an attached message
    b"From: sender@example.org\r\nTo: me@example.org, you@example.org\r\nSubject: multipart [urgent] #17\r\n"
    b"Date: Sat, 28 Nov 2026 01:02:03 +0530\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b1\"\r\n\r\npreamble words\r\n"
    b"--b1\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nna=C3=AFve caf=C3=A9 =\r\nsoft\r\n"
    b"--b1\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+YmFzZSBzaXh0eSBmb3VyPC9wPg==\r\n"
    b"--b1\r\nContent-Type: message/rfc822\r\n\r\nFrom: inner@example.org\r\nSubject: inner subject\r\n\r\ninner body\r\n"
    b"--b1\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\nc2VjcmV0IHdvcmRz\r\n--b1--\r\nepilogue\r\n",
    # bulk, with an odd From
    b"From: list-owner@lists.example\r\nTo: me@example.org\r\nSubject:   spaces   around   \r\nPrecedence: bulk\r\nX-Priority: 1\r\n"
    b"X-Spam-Flag: YES\r\nX-Spam-Status: Yes, score=12.0 required=5.0\r\nX-Number: 007\r\nDate: not a date\r\n\r\nBuy now! 100% free\r\n",
    # no header but one, long body
    b"Subject: tiny\r\n\r\n" + b"0123456789\r\n" * 300,
]


def plain():
    """Scripts of every command and test, with what they require."""
    yield 'keep;'
    yield 'discard;'
    yield 'stop; discard;'
    yield 'if true { discard; } keep;'
    yield 'if false { discard; } elsif true { keep; } else { discard; }'
    yield 'require "fileinto"; fileinto "Junk"; keep; fileinto "Junk";'
    yield 'require ["fileinto","copy"]; fileinto :copy "A"; redirect :copy "x@example.org";'
    yield 'redirect "x@example.org"; redirect "X@EXAMPLE.org"; redirect "y@example.org";'
    yield 'require "fileinto"; if not header :contains "subject" "present" { fileinto "N"; }'
    yield '# comment\r\n/* block\r\n comment */ require "fileinto"; fileinto text:\r\nMulti\r\n..dot\r\n.\r\n;'
    yield 'require ["fileinto","imap4flags"]; setflag ["\\\\Seen","$Label1 foo"]; fileinto "F"; removeflag "foo"; keep;'
    yield 'require ["fileinto","imap4flags"]; addflag "a b"; addflag ["A","c"]; fileinto :flags "\\\\Flagged x" "F"; keep;'
    yield 'require ["imap4flags","relational","comparator-i;ascii-numeric"]; setflag ["a","b"]; ' \
        'if hasflag :count "ge" :comparator "i;ascii-numeric" "2" { addflag "two"; } if hasflag :contains "B" { addflag "has"; }'
    yield 'require ["imap4flags","variables"]; addflag "v" ["x","y"]; if hasflag "v" "x" { keep :flags "${v}"; }'
    yield 'require ["fileinto","mailbox"]; fileinto :create "New/Box";'
    yield 'require ["fileinto","variables"]; set "a" "x"; set :upper :length "b" "abc"; set :quotewildcard "c" "a*b"; fileinto "${a}-${b}-${c}-${none}";'
    yield 'require ["fileinto","variables"]; set :lowerfirst :upper "a" "hELLO"; set :upperfirst "b" "hello"; set :lower "c" "ÀB"; fileinto "${a} ${b} ${c}";'
    yield 'require ["fileinto","variables"]; if header :matches "subject" "*a*" { fileinto "[${1}][${2}]"; }'
    yield 'require ["fileinto","variables"]; if header :matches "subject" "?*?" { fileinto "[${0}][${1}][${3}]"; }'
    yield 'require ["fileinto","variables"]; if header :matches "x-multi" "*\\\\**" { fileinto "[${1}][${2}]"; }'
    yield 'require ["fileinto","variables"]; if address :matches :localpart "from" "*" { fileinto "L-${1}"; }'
    yield 'require ["fileinto","variables","regex"]; if header :regex "subject" "([a-z]+) ([a-z]+)" { fileinto "[${0}][${1}][${2}]"; }'
    yield 'require ["regex"]; if header :regex "x-number" "^[[:digit:]]+ [a-z]{3,}$" { discard; }'
    yield 'require ["regex"]; if header :regex :comparator "i;octet" "subject" "^(I|[]x-]).*you$" { discard; }'
    yield 'require ["fileinto","envelope"]; if envelope :domain "from" "example.net" { fileinto "E"; }'
    yield 'require ["fileinto","envelope","subaddress"]; if envelope :detail "to" "tag" { fileinto "D"; } if envelope :user "to" "me" { fileinto "U"; }'
    yield 'require ["fileinto","subaddress","variables"]; if address :detail :matches "to" "*" { fileinto "D-${1}"; }'
    yield 'require ["fileinto","subaddress"]; if address :user :is "to" "roadrunner" { fileinto "U"; }'
    yield 'if size :over 1K { discard; }'
    yield 'if size :under 400 { discard; }'
    yield 'if exists ["from","date"] { discard; }'
    yield 'if anyof (exists "x-empty", exists "list-id") { discard; }'
    yield 'if allof (not exists "x-none", header :is "x-empty" "") { discard; }'
    yield 'require ["relational","comparator-i;ascii-numeric"]; if header :value "gt" :comparator "i;ascii-numeric" "x-number" "41" { discard; }'
    yield 'require ["relational","comparator-i;ascii-numeric"]; if header :value "eq" :comparator "i;ascii-numeric" "x-number" "7" { discard; }'
    yield 'require ["relational","comparator-i;ascii-numeric"]; if header :count "eq" :comparator "i;ascii-numeric" "x-multi" "3" { discard; }'
    yield 'require ["relational","comparator-i;ascii-numeric"]; if address :count "ge" :comparator "i;ascii-numeric" ["to","cc","from"] "3" { discard; }'
    yield 'require ["relational"]; if header :value "lt" "subject" "m" { discard; }'
    yield 'if header :comparator "i;octet" :contains "subject" "Present" { discard; }'
    yield 'if header :contains "subject" ["Grüße","INNER"] { discard; }'
    yield 'if header :is "subject" "spaces   around" { discard; }'
    yield 'if header :matches "x-multi" "Three \\\\* \\\\? \\\\\\\\ *" { discard; }'
    yield 'if address :is "from" "bob@example.com" { discard; }'
    yield 'if address :domain :is ["from","to"] ["acme.example.com","EXAMPLE.NET"] { discard; }'
    yield 'if address :all :contains "to" "undisclosed" { discard; }'
    yield 'if address :localpart :is "cc" "joerg" { discard; }'
    yield 'require "body"; if body :contains "anvil" { discard; }'
    yield 'require "body"; if body :raw :contains "c2VjcmV0" { discard; }'
    yield 'require "body"; if body :text :contains "caf\u00e9 soft" { discard; }'
    yield 'require "body"; if body :content "text" :contains "sixty" { discard; }'
    yield 'require "body"; if body :content "text/html" :contains "sixty" { discard; }'
    yield 'require "body"; if body :content "application/octet-stream" :contains "secret" { discard; }'
    yield 'require "body"; if body :content "message/rfc822" :contains "inner subject" { discard; }'
    yield 'require "body"; if body :content "multipart" :contains "preamble" { discard; }'
    yield 'require "body"; if body :matches "*free*" { discard; }'
    yield 'require ["body","regex"]; if body :regex "[0-9]{2,}%" { discard; }'
    yield 'require ["fileinto","date","variables"]; if date :matches :zone "+0000" "date" "iso8601" "*" { fileinto "${1}"; }'
    yield 'require ["fileinto","date","variables"]; if date :matches :originalzone "date" "std11" "*" { fileinto "${1}"; }'
    for part in "year month day date julian hour minute second time zone weekday".split():
        yield 'require ["fileinto","date","variables"]; if date :matches :zone "-0500" "date" "%s" "*" { fileinto "%s ${1}"; }' % (part, part)
    yield 'require ["fileinto","date","variables"]; if date :matches :originalzone "date" "hour" "*" { fileinto "h ${1}"; }'
    yield 'require ["date","relational"]; if date :value "ge" :zone "+0000" "date" "date" "2026-07-05" { discard; }'
    yield 'require ["date","index","relational"]; if date :index 2 :zone "+0000" :is "received" "day" "19" { discard; }'
    yield 'require ["date","relational"]; if currentdate :value "gt" "year" "2000" { discard; }'
    yield 'require "index"; if header :index 2 "x-multi" "two words" { discard; }'
    yield 'require "index"; if header :index 1 :last :contains "x-multi" "stars" { discard; }'
    yield 'require "index"; if header :index 4 "x-multi" "" { discard; }'
    yield 'require "index"; if address :index 1 :localpart "from" "alice" { discard; }'
    yield 'require "editheader"; addheader "X-New" "value"; if header :is "x-new" "value" { discard; }'
    yield 'require "editheader"; addheader :last "X-Multi" "four"; deleteheader :index 1 "X-Multi"; ' \
        'if header :is "x-multi" "one" { keep; } elsif header :is "x-multi" "four" { discard; }'
    yield 'require "editheader"; deleteheader :contains "X-Multi" "words"; if header :is "x-multi" "two words" { discard; }'
    yield 'require ["editheader","index"]; deleteheader :index 1 :last "X-Multi"; if header :contains "x-multi" "stars" { discard; }'
    yield 'require "editheader"; deleteheader "Subject"; if not exists "subject" { discard; }'
    yield 'require "encoded-character"; if header :is "x-multi" "${hex:6f 6E 65}" { discard; }'
    yield 'require ["encoded-character","fileinto"]; fileinto "a${unicode:40 2022}${hex:4z}${hex:}b";'
    yield 'require ["variables","encoded-character","fileinto"]; set "x" "y"; fileinto "${x}${hex:24}{x}";'
    yield 'require "ihave"; if ihave "nothing-like-it" { foo; } else { discard; }'
    yield 'require "ihave"; if ihave "fileinto" { fileinto "I"; }'
    yield 'require "ihave"; if not ihave ["fileinto","vnd.none"] { error "no"; }'
    yield 'require ["variables","fileinto","ihave"]; if string :is "${none}" "" { fileinto "empty"; }'
    yield 'require ["variables","relational","comparator-i;ascii-numeric"]; ' \
        'if string :count "eq" :comparator "i;ascii-numeric" ["", "a", "b"] "2" { discard; }'
    yield 'require ["variables","include"]; global "g"; set "global.g" "x"; if string "${g}" "x" { discard; }'
    yield 'require "include"; include :optional "nothing"; return; discard;'
    yield 'require "vacation"; vacation "I am away";'
    yield 'require "vacation"; vacation :days 10 :subject "Off" :from "me@example.org" :addresses ["roadrunner@acme.example.com"] "bye";'
    yield 'require ["vacation","vacation-seconds"]; vacation :seconds 3600 :handle "h" "soon";'
    yield 'require ["vacation","variables"]; if header :matches "subject" "*" { vacation :subject "Re: ${1}" text:\r\nDear ${0}\r\n.\r\n; }'
    yield 'require ["vacation","fileinto"]; vacation :mime text:\r\nContent-Type: text/html\r\n\r\n<p>away\r\n.\r\n; fileinto "V";'
    yield 'require "reject"; reject "No thanks";'
    yield 'require ["reject","fileinto"]; if exists "list-id" { fileinto "L"; } else { reject "not you"; }'
    yield 'require ["reject","fileinto"]; fileinto "X"; reject "both";'
    yield 'require "enotify"; notify "mailto:a@example.org";'
    yield 'require "enotify"; notify :message "new" :importance "1" "mailto:a@example.org,b@example.org?subject=x&body=y";'
    yield 'require "enotify"; if valid_notify_method ["mailto:a@example.org","http://x"] { discard; }'
    yield 'require "enotify"; if notify_method_capability "mailto:a@example.org" "online" ["yes","maybe"] { discard; }'
    yield 'require ["enotify","variables","fileinto"]; set :encodeurl "u" "a b&\u00fc/~"; fileinto "${u}";'
    yield 'require "environment"; if environment "name" "nothing" { discard; }'
    yield 'require "environment"; if environment "no.such.item" "" { discard; }'
    yield 'require "mailbox"; if mailboxexists "No/Such" { discard; }'
    yield 'require "duplicate"; if duplicate { discard; }'
    yield 'require ["duplicate"]; if duplicate :header "x-none" { discard; }'
    yield 'require ["fileinto","variables"]; if header :matches ["x-none","x-multi","subject"] ["t*","p*"] { fileinto "${1}"; }'
    yield 'require ["fileinto","variables"]; if header :matches "from" "*<*@*>*" { set "d" "${3}"; if header :contains "subject" "x" { } fileinto "${d} ${2}"; }'


def broken():
    """What neither may take."""
    yield 'keep'
    yield 'foo;'
    yield 'fileinto "x";'
    yield 'require "fileinto"; fileinto;'
    yield 'require "fileinto"; fileinto 1;'
    yield 'require "nothing";'
    yield 'keep; require "fileinto";'
    yield 'if { keep; }'
    yield 'if true keep;'
    yield 'else { keep; }'
    yield 'if true { keep; } else { keep; } elsif true { keep; }'
    yield 'if header "subject" { keep; }'
    yield 'if header :is :contains "subject" "x" { keep; }'
    yield 'if header :comparator "i;none" "subject" "x" { keep; }'
    yield 'if header :matches :comparator "i;ascii-numeric" "x" "1" { keep; }'
    yield 'if header :count "eq" "subject" "1" { keep; }'
    yield 'if size 100 { keep; }'
    yield 'if size :over "1" { keep; }'
    yield 'if size :over 1X { keep; }'
    yield 'if not { keep; }'
    yield 'if allof true { keep; }' # one test without parentheses
    yield 'redirect "not an address";'
    yield 'redirect;'
    yield 'stop "x";'
    yield 'keep "x";'
    yield 'keep :copy;'
    yield 'if exists "bad header" { keep; }'
    yield 'if header "bad:name" "x" { keep; }'
    yield 'require "variables"; set "1a" "x";'
    yield 'require "variables"; set "a";'
    yield 'require "variables"; set :lower :upper "a" "x";'
    yield 'require "variables"; set "a" "${foo.bar}";'
    yield 'require "regex"; if header :regex "subject" "(" { keep; }'
    yield 'require "regex"; if header :regex "subject" "[a" { keep; }'
    yield 'require "vacation"; vacation;'
    yield 'require "vacation"; vacation :days "x" "y";'
    yield 'require "enotify"; notify "http://example.org";'
    yield 'require "enotify"; notify :importance "9" "mailto:a@example.org";'
    yield 'require ["fileinto","date"]; if date "date" { keep; }'
    yield 'require "index"; if header :last "x" "y" { keep; }'
    yield 'require "encoded-character"; keep; if header "x" "${unicode:200000}" { keep; }'
    yield 'require "body"; if body :raw :text :is "x" { keep; }'
    yield '"string";'
    yield 'keep; }'
    yield 'if true { keep;'
    yield 'require ["fileinto" "copy"];'
    yield 'if header "x" ["a",] { keep; }'
    yield 'require text:\r\nfileinto\r\n;'
    yield '/* never ends'
    yield 'if header "x" "never ends'


def made(count, seed=5):
    """Random but well-formed: header, address, exists and size under every match type, in nests of conditions."""
    dice = random.Random(seed)
    names = ["subject", "from", "to", "cc", "x-multi", "x-number", "x-empty", "received", "x-none", "X-Spam-Flag"]
    words = ["a", "you", "example", "", "one", "Bob", "I have a present for you", "YES", "*", "t?o*", "joerg@x.example", "[urgent]", "42", "the"]

    def strings(of):
        chosen = dice.sample(of, dice.randint(1, 3))
        quoted = ['"%s"' % one.replace("\\", "\\\\") for one in chosen]
        return quoted[0] if len(quoted) == 1 else "[" + ",".join(quoted) + "]"

    def test(depth):
        kind = dice.randrange(9 if depth else 5)
        match = dice.choice(["", ":is", ":contains", ":matches"])
        comparator = dice.choice(["", "", ':comparator "i;octet"', ':comparator "i;ascii-casemap"'])
        if kind < 2:
            return f"header {match} {comparator} {strings(names)} {strings(words)}"
        if kind == 2:
            return f"address {dice.choice(['', ':all', ':localpart', ':domain'])} {match} {comparator} {strings(['from', 'to', 'cc'])} {strings(words)}"
        if kind == 3:
            return f"exists {strings(names)}"
        if kind == 4:
            return f"size {dice.choice([':over', ':under'])} {dice.choice(['100', '400', '1K', '3K'])}"
        if kind == 5:
            return f"not {test(depth - 1)}"
        return f"{dice.choice(['allof', 'anyof'])} ({', '.join(test(depth - 1) for _ in range(dice.randint(1, 3)))})"

    def block(depth):
        actions = ['fileinto "A";', 'fileinto "B";', "keep;", "discard;", 'redirect "x@example.org";', "stop;"]
        text = ""
        for _ in range(dice.randint(1, 3)):
            if depth and dice.random() < 0.5:
                text += f"if {test(2)} {{ {block(depth - 1)} }} "
                if dice.random() < 0.4:
                    text += f"elsif {test(1)} {{ {block(depth - 1)} }} "
                if dice.random() < 0.4:
                    text += f"else {{ {block(depth - 1)} }} "
            else:
                text += dice.choice(actions) + " "
        return text

    for _ in range(count):
        yield 'require "fileinto"; ' + block(2)
