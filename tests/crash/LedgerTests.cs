using Xunit;

namespace CompatBot.CrashTests;

/// <summary>The referee itself: each broken promise is noticed, and what is uncertain is let through either way.</summary>
public sealed class LedgerTests
{
    private static readonly Place Inbox = new("INBOX", "");
    private static readonly Dictionary<string, (uint UidValidity, uint UidNext)> Mailboxes =
        new() { ["INBOX"] = (7, 10), ["done"] = (8, 10) };

    private readonly Ledger _ledger = new();

    [Fact]
    public void An_acknowledged_message_must_be_there()
    {
        Deliver("t1");
        _ledger.Audit(Mailboxes, [("t1", 1, Inbox)]);
        Assert.Contains("lost", Broken([]));
    }

    [Fact]
    public void An_interrupted_delivery_may_be_there_or_not_but_stays_as_it_was_found()
    {
        _ledger.Begin("t1", Inbox);
        _ledger.Begin("t2", Inbox);
        _ledger.Audit(Mailboxes, [("t1", 1, Inbox)]);
        Assert.Contains("lost", Broken([]));
        Assert.Contains("came back", Broken([("t1", 1, Inbox), ("t2", 2, Inbox)]));
    }

    [Fact]
    public void Nothing_may_be_there_twice()
    {
        Deliver("t1");
        Assert.Contains("twice", Broken([("t1", 1, Inbox), ("t1", 2, Inbox)]));
    }

    [Fact]
    public void A_flag_that_was_acknowledged_stays_and_an_interrupted_one_may_go_either_way()
    {
        Deliver("t1");
        _ledger.Begin("t1", new Place("INBOX", "\\Seen"));
        _ledger.End("t1", new Place("INBOX", "\\Seen"));
        Assert.Contains("is at", Broken([("t1", 1, Inbox)]));
        _ledger.Begin("t1", Inbox);
        _ledger.Audit(Mailboxes, [("t1", 1, Inbox)]);
    }

    [Fact]
    public void A_uid_belongs_to_one_message_for_ever()
    {
        Deliver("t1");
        _ledger.Name("INBOX", 1, "t1");
        _ledger.Begin("t1", Ledger.Nowhere);
        _ledger.End("t1", Ledger.Nowhere);
        Deliver("t2");
        Assert.Contains("UID 1", Broken([("t2", 1, Inbox)]));
    }

    [Fact]
    public void Uidvalidity_and_uidnext_keep_what_they_promised()
    {
        _ledger.Audit(Mailboxes, []);
        Assert.Contains("UIDVALIDITY", Broken([], new() { ["INBOX"] = (9, 10), ["done"] = (8, 10) }));
        Assert.Contains("UIDNEXT", Broken([], new() { ["INBOX"] = (7, 9), ["done"] = (8, 10) }));
        Assert.Contains("gone", Broken([], new() { ["INBOX"] = (7, 10) }));
    }

    private void Deliver(string token)
    {
        _ledger.Begin(token, Inbox);
        _ledger.End(token, Inbox);
    }

    private string Broken(
        (string Token, uint Uid, Place Place)[] found, Dictionary<string, (uint UidValidity, uint UidNext)>? mailboxes = null) =>
        Assert.Throws<CrashException>(() => _ledger.Audit(mailboxes ?? Mailboxes, found)).Message;
}
