using Xunit;

namespace CompatBot.CrashTests;

/// <summary>The referee of files and calendars itself: each broken promise is noticed.</summary>
public sealed class PathLedgerTests
{
    private readonly PathLedger _ledger = new();

    [Fact]
    public void What_was_acknowledged_must_be_there_whole_and_with_its_ETag()
    {
        Put("one", "e1");
        Audit("one", "e1");
        Assert.Contains("is lost", Broken(null, null));
        Assert.Contains("other octets", Broken("two", "e1"));
        Assert.Contains("ETag e1 became e2", Broken("one", "e2"));
    }

    [Fact]
    public void What_was_cut_off_may_be_there_or_not_but_stays_as_it_was_found()
    {
        Put("one", "e1");
        _ledger.Begin("a", new Copy("two", null));
        Audit("two", "e2");
        Assert.Contains("other octets", Broken("one", "e1"));
        Assert.Contains("ETag e2 became e3", Broken("two", "e3"));
        _ledger.Begin("a", null);
        Audit(null, null);
        Assert.Contains("other octets", Broken("two", "e2"));
    }

    private void Put(string token, string etag)
    {
        _ledger.Begin("a", new Copy(token, null));
        _ledger.End("a", new Copy(token, etag));
    }

    private void Audit(string? found, string? etag) => _ledger.Audit("a", found is null ? null : token => token == found, etag);

    private string Broken(string? found, string? etag) => Assert.Throws<CrashException>(() => Audit(found, etag)).Message;
}
