using Xunit;
using static CompatBot.DialogueTests.Imap.ImapBed;

namespace CompatBot.DialogueTests.Imap.Rfc;

/// <summary>The examples of RFC 9051 sections 6.3.7 to 6.3.10: names, and LIST with all its options (RFC 5258, RFC 5819).</summary>
public sealed class Rfc9051ListTests
{
    /// <summary>An account whose only mailbox is INBOX, which is subscribed.</summary>
    private static readonly string Bare = LogIn + string.Concat(new[] { "Archive", "Drafts", "Junk", "Sent", "Trash" }.Select(name => $"""
        C: d DELETE {name}
        S: d OK <*>
        C: u UNSUBSCRIBE {name}
        S: u OK <*>

        """));

    private static readonly string Food = Bare + Make("Fruit/Apple", "Fruit/Banana", "Tofu", "Vegetable/Broccoli", "Vegetable/Corn")
        + Subscribe("Fruit/Banana", "Fruit/Peach", "Vegetable", "Vegetable/Broccoli");

    /// <summary>Sections 6.3.6 (the note) to 6.3.8: subscriptions are names and stay where they are.</summary>
    [Fact]
    public Task SUBSCRIBE_and_UNSUBSCRIBE() => ImapBed.PlayAsync(Bare + Make("X") + Subscribe("X") + """
        C: A002 SUBSCRIBE #news.comp.mail.mime
        S: A002 OK SUBSCRIBE completed
        C: A003 UNSUBSCRIBE #news.comp.mail.mime
        S: A003 OK UNSUBSCRIBE completed
        C: 1001 RENAME X Y
        S: 1001 OK RENAME completed
        C: 1002 SUBSCRIBE Y
        S: 1002 OK SUBSCRIBE completed
        C: 1003 UNSUBSCRIBE X
        S: 1003 OK UNSUBSCRIBE completed
        C: 1004 LIST (SUBSCRIBED) "" "*"
        S: * LIST (\HasNoChildren \Subscribed) "/" INBOX
        S: * LIST (\HasNoChildren \Subscribed) "/" Y
        S: 1004 OK LIST completed
        """);

    /// <summary>Section 6.3.9.8, and the first rows of table 1: there is one root, and a reference is a prefix.</summary>
    [Fact]
    public Task Basic_LIST() => ImapBed.PlayAsync(Bare + Make("~/Mail/foo/bar", "~/Mail/meetings", "#news.comp.mail.misc") + """
        C: A101 LIST "" ""
        S: * LIST (\Noselect) "/" ""
        S: A101 OK LIST completed
        C: A102 LIST #news.comp.mail.misc ""
        S: * LIST (\Noselect) "/" ""
        S: A102 OK LIST completed
        C: A103 LIST /usr/staff/jones ""
        S: * LIST (\Noselect) "/" ""
        S: A103 OK LIST completed
        C: A202 LIST ~/Mail/ %
        S: * LIST (\HasChildren) "/" ~/Mail/foo
        S: * LIST (\HasNoChildren) "/" ~/Mail/meetings
        S: A202 OK LIST completed
        C: A203 LIST ~/Mail/ foo*
        S: * LIST (\HasChildren) "/" ~/Mail/foo
        S: * LIST (\HasNoChildren) "/" ~/Mail/foo/bar
        S: A203 OK LIST completed
        C: A204 LIST #news. comp.mail.*
        S: * LIST (\HasNoChildren) "/" #news.comp.mail.misc
        S: A204 OK LIST completed
        """);

    /// <summary>Section 6.3.9.8, examples 1 to 6.</summary>
    [Fact]
    public Task Examples_1_to_6_selection_and_return_options() => ImapBed.PlayAsync(Food + """
        C: A01 LIST "" "*"
        S: * LIST (\HasChildren) "/" Fruit
        S: * LIST (\HasNoChildren) "/" Fruit/Apple
        S: * LIST (\HasNoChildren) "/" Fruit/Banana
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren) "/" Tofu
        S: * LIST (\HasChildren) "/" Vegetable
        S: * LIST (\HasNoChildren) "/" Vegetable/Broccoli
        S: * LIST (\HasNoChildren) "/" Vegetable/Corn
        S: A01 OK LIST completed
        C: A02 LIST (SUBSCRIBED) "" "*"
        S: * LIST (\HasNoChildren \Subscribed) "/" Fruit/Banana
        S: * LIST (\NonExistent \Noselect \HasNoChildren \Subscribed) "/" Fruit/Peach
        S: * LIST (\HasNoChildren \Subscribed) "/" INBOX
        S: * LIST (\HasChildren \Subscribed) "/" Vegetable
        S: * LIST (\HasNoChildren \Subscribed) "/" Vegetable/Broccoli
        S: A02 OK LIST completed
        C: A03 LIST () "" "%" RETURN (CHILDREN)
        S: * LIST (\HasChildren) "/" Fruit
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren) "/" Tofu
        S: * LIST (\HasChildren) "/" Vegetable
        S: A03 OK LIST completed
        C: A04 LIST (REMOTE) "" "%" RETURN (CHILDREN)
        S: * LIST (\HasChildren) "/" Fruit
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren) "/" Tofu
        S: * LIST (\HasChildren) "/" Vegetable
        S: A04 OK LIST completed
        C: A05 LIST (REMOTE SUBSCRIBED) "" "*"
        S: * LIST (\HasNoChildren \Subscribed) "/" Fruit/Banana
        S: * LIST (\NonExistent \Noselect \HasNoChildren \Subscribed) "/" Fruit/Peach
        S: * LIST (\HasNoChildren \Subscribed) "/" INBOX
        S: * LIST (\HasChildren \Subscribed) "/" Vegetable
        S: * LIST (\HasNoChildren \Subscribed) "/" Vegetable/Broccoli
        S: A05 OK LIST completed
        C: A06 LIST (REMOTE) "" "*" RETURN (SUBSCRIBED)
        S: * LIST (\HasChildren) "/" Fruit
        S: * LIST (\HasNoChildren) "/" Fruit/Apple
        S: * LIST (\HasNoChildren \Subscribed) "/" Fruit/Banana
        S: * LIST (\HasNoChildren \Subscribed) "/" INBOX
        S: * LIST (\HasNoChildren) "/" Tofu
        S: * LIST (\HasChildren \Subscribed) "/" Vegetable
        S: * LIST (\HasNoChildren \Subscribed) "/" Vegetable/Broccoli
        S: * LIST (\HasNoChildren) "/" Vegetable/Corn
        S: A06 OK LIST completed
        """);

    /// <summary>Section 6.3.9.8, example 7: \HasChildren is one thing, CHILDINFO another.</summary>
    [Fact]
    public Task Example_7_RECURSIVEMATCH() => ImapBed.PlayAsync(Bare + Make("Foo/Bar", "Foo/Baz", "Moo") + Subscribe("Foo/Baz") + """
        C: u UNSUBSCRIBE INBOX
        S: u OK <*>
        C: CA3 LIST "" "%" RETURN (CHILDREN)
        S: * LIST (\HasChildren) "/" Foo
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren) "/" Moo
        S: CA3 OK LIST completed
        C: C02 LIST (SUBSCRIBED) "" "*"
        S: * LIST (\HasNoChildren \Subscribed) "/" Foo/Baz
        S: C02 OK LIST completed
        C: C03 LIST (SUBSCRIBED) "" "%"
        S: C03 OK LIST completed
        C: C04 LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"
        S: * LIST (\HasChildren) "/" Foo ("CHILDINFO" ("SUBSCRIBED"))
        S: C04 OK LIST completed
        # A1: Foo itself is subscribed too.
        C: x SUBSCRIBE Foo
        S: x OK <*>
        C: C05 LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"
        S: * LIST (\HasChildren \Subscribed) "/" Foo ("CHILDINFO" ("SUBSCRIBED"))
        S: C05 OK LIST completed
        # A2: what is subscribed lies below a name that is no mailbox.
        C: y SUBSCRIBE Goo/Baz
        S: y OK <*>
        C: C06 LIST (SUBSCRIBED RECURSIVEMATCH) "" "G%"
        S: * LIST (\NonExistent \Noselect \HasNoChildren) "/" Goo ("CHILDINFO" ("SUBSCRIBED"))
        S: C06 OK LIST completed
        # C: Foo and Moo are subscribed, and nothing below them.
        C: u1 UNSUBSCRIBE Foo/Baz
        S: u1 OK <*>
        C: u2 UNSUBSCRIBE Goo/Baz
        S: u2 OK <*>
        C: z SUBSCRIBE Moo
        S: z OK <*>
        C: C07 LIST (SUBSCRIBED RECURSIVEMATCH) "" "%" RETURN (CHILDREN)
        S: * LIST (\HasChildren \Subscribed) "/" Foo
        S: * LIST (\HasNoChildren \Subscribed) "/" Moo
        S: C07 OK LIST completed
        # B: nothing is subscribed.
        C: u3 UNSUBSCRIBE Foo
        S: u3 OK <*>
        C: u4 UNSUBSCRIBE Moo
        S: u4 OK <*>
        C: C08 LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"
        S: C08 OK LIST completed
        C: C09 LIST (RECURSIVEMATCH REMOTE) "" "%"
        S: C09 BAD <*>
        """);

    /// <summary>
    /// Section 6.3.9.8, example 8: a name above comes with CHILDINFO where the pattern leaves out something below it. (Of the second
    /// command the example shows foo2 and baz2 too, which section 6.3.9.6 calls redundant.)
    /// </summary>
    [Fact]
    public Task Example_8_CHILDINFO_for_what_the_pattern_leaves_out() => ImapBed.PlayAsync(
        Bare + Make("foo2/bar1", "foo2/bar2", "baz2/bar2", "baz2/bar22", "baz2/bar222", "eps2/mamba", "qux2/bar2")
        + Subscribe("foo2/bar1", "foo2/bar2", "baz2/bar2", "baz2/bar22", "baz2/bar222", "eps2", "eps2/mamba", "qux2/bar2") + """
        C: D03 LIST (RECURSIVEMATCH SUBSCRIBED) "" "*2"
        S: * LIST (\HasNoChildren \Subscribed) "/" baz2/bar2
        S: * LIST (\HasNoChildren \Subscribed) "/" baz2/bar22
        S: * LIST (\HasNoChildren \Subscribed) "/" baz2/bar222
        S: * LIST (\HasChildren \Subscribed) "/" eps2 ("CHILDINFO" ("SUBSCRIBED"))
        S: * LIST (\HasChildren) "/" foo2 ("CHILDINFO" ("SUBSCRIBED"))
        S: * LIST (\HasNoChildren \Subscribed) "/" foo2/bar2
        S: * LIST (\HasNoChildren \Subscribed) "/" qux2/bar2
        S: D03 OK LIST completed
        C: D04 LIST (RECURSIVEMATCH SUBSCRIBED) "" "*a*"
        S: * LIST (\HasNoChildren \Subscribed) "/" baz2/bar2
        S: * LIST (\HasNoChildren \Subscribed) "/" baz2/bar22
        S: * LIST (\HasNoChildren \Subscribed) "/" baz2/bar222
        S: * LIST (\HasNoChildren \Subscribed) "/" eps2/mamba
        S: * LIST (\HasNoChildren \Subscribed) "/" foo2/bar1
        S: * LIST (\HasNoChildren \Subscribed) "/" foo2/bar2
        S: * LIST (\HasNoChildren \Subscribed) "/" qux2/bar2
        S: D04 OK LIST completed
        """);

    /// <summary>Section 6.3.9.8, examples 9 and 10: several patterns; names above, which exist here always.</summary>
    [Fact]
    public Task Examples_9_and_10_patterns() => ImapBed.PlayAsync(Bare + Make("foo", "music/rock") + Subscribe("foo/bar") + """
        C: a1 LIST "" ("foo")
        S: * LIST (\HasNoChildren) "/" foo
        S: a1 OK LIST completed
        C: a2 LIST (SUBSCRIBED) "" "foo/*"
        S: * LIST (\NonExistent \Noselect \HasNoChildren \Subscribed) "/" foo/bar
        S: a2 OK LIST completed
        C: a3 LIST (SUBSCRIBED RECURSIVEMATCH) "" foo RETURN (CHILDREN)
        S: * LIST (\HasNoChildren) "/" foo ("CHILDINFO" ("SUBSCRIBED"))
        S: a3 OK LIST completed
        C: b3 LIST "" (m% music/rock)
        S: * LIST (\HasChildren) "/" music
        S: * LIST (\HasNoChildren) "/" music/rock
        S: b3 OK LIST completed
        """);

    /// <summary>Section 6.3.9.8, example 11: STATUS of what was asked for, and not of a name that stands for what is below it.</summary>
    [Fact]
    public Task Example_11_STATUS() => ImapBed.PlayAsync(Bare + Make("foo/bar") + Subscribe("foo/bar") + """
        C: A01 LIST "" % RETURN (STATUS (MESSAGES UNSEEN))
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * STATUS INBOX (MESSAGES 1 UNSEEN 1)
        S: * LIST (\HasChildren) "/" foo
        S: * STATUS foo (MESSAGES 0 UNSEEN 0)
        S: A01 OK LIST completed
        C: A02 LIST (SUBSCRIBED RECURSIVEMATCH) "" % RETURN (STATUS (MESSAGES))
        S: * LIST (\HasNoChildren \Subscribed) "/" INBOX
        S: * STATUS INBOX (MESSAGES 1)
        S: * LIST (\HasChildren) "/" foo ("CHILDINFO" ("SUBSCRIBED"))
        S: A02 OK LIST completed
        """, "one");

    /// <summary>Section 6.3.10, example 1, and what a client makes of the answer.</summary>
    [Fact]
    public Task NAMESPACE() => ImapBed.PlayAsync(LogIn + """
        C: A001 NAMESPACE
        S: * NAMESPACE (("" "/")) NIL NIL
        S: A001 OK NAMESPACE completed
        C: A002 CREATE "Sent Mail"
        S: A002 OK [MAILBOXID (<*>)] CREATE completed
        C: A003 LIST (SPECIAL-USE) "" "S*"
        S: * LIST (\HasNoChildren \Sent) "/" Sent
        S: A003 OK LIST completed
        """);

    /// <summary>Sections 6.3.2, 6.3.4 and 6.3.9.7: a name becomes NFC, and says what it was.</summary>
    [Fact]
    public Task A_name_that_is_not_normalized_becomes_it() => ImapBed.PlayAsync(LogIn + $"""
        C: e ENABLE IMAP4rev2
        S: * ENABLED IMAP4rev2
        S: e OK ENABLE completed
        C: A005 CREATE "re{'\u0301'}sum"
        S: * LIST (\HasNoChildren) "/" "r{'\u00e9'}sum" ("OLDNAME" ("re{'\u0301'}sum"))
        S: A005 OK [MAILBOXID (<*>)] CREATE completed
        C: A006 CREATE "r{'\u00e9'}sum"
        S: A006 NO [ALREADYEXISTS] Mailbox already exists
        C: A007 SELECT "re{'\u0301'}sum"
        S: <skip 7>
        S: * LIST (\HasNoChildren) "/" "r{'\u00e9'}sum" ("OLDNAME" ("re{'\u0301'}sum"))
        S: A007 OK [READ-WRITE] SELECT completed
        C: A008 RENAME "re{'\u0301'}sum" "e{'\u0301'}te"
        S: A008 OK RENAME completed
        C: A009 LIST "" "*te"
        S: * LIST (\HasNoChildren) "/" "{'\u00e9'}te"
        S: A009 OK LIST completed
        C: A010 DELETE "e{'\u0301'}te"
        S: A010 OK DELETE completed
        """);

    private static string Make(params string[] names) => string.Concat(names.Select(name => $"""
        C: c CREATE {name}
        S: c OK <*>

        """));

    private static string Subscribe(params string[] names) => string.Concat(names.Select(name => $"""
        C: s SUBSCRIBE {name}
        S: s OK <*>

        """));
}
