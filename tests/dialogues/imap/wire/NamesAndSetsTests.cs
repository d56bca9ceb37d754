using System.Text;
using CompatBot.Core.Mail;
using CompatBot.Protocols.Imap;
using CompatBot.Protocols.Imap.Wire;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace CompatBot.DialogueTests.Imap.Wire;

public sealed class NamesAndSetsTests
{
    [Theory]
    [InlineData("~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語")] // RFC 3501 section 5.1.3
    [InlineData("&Jjo-!", "☺!")]
    [InlineData("Tom &- Ann", "Tom & Ann")]
    [InlineData("&2D3eAA-", "😀")]
    [InlineData("Entw&APw-rfe", "Entwürfe")]
    public void Names_go_both_ways(string encoded, string name)
    {
        Assert.True(ModifiedUtf7.TryDecode(Encoding.ASCII.GetBytes(encoded), out var decoded));
        Assert.Equal(name, decoded);
        Assert.Equal(encoded, ModifiedUtf7.Encode(name));
    }

    [Theory]
    [InlineData("&Jjo")] // not shifted back
    [InlineData("&Jjo!")] // no such letter
    [InlineData("&U,BTFw-&ZeVnLIqe-")] // superfluous shift, RFC 3501 section 5.1.3
    [InlineData("&AGEAYg-")] // ASCII in base64
    [InlineData("&AC8-")] // a hidden slash
    [InlineData("&AAA-")] // a hidden NUL
    [InlineData("&2D0-")] // half a surrogate pair
    [InlineData("&Jjp-")] // bits left over that are not 0
    [InlineData("a&")]
    [InlineData("\u00E4")] // 8 bit
    [InlineData("a\u0001")]
    public void Other_spellings_are_no_names(string encoded) =>
        Assert.False(ModifiedUtf7.TryDecode(Encoding.UTF8.GetBytes(encoded), out _));

    [Fact]
    public void Every_name_survives_the_wire() => Prop.ForAll<NonNull<string>>(name =>
    {
        var letters = new string([.. name.Get.Where(letter => !char.IsControl(letter) && !char.IsSurrogate(letter))]);
        return ModifiedUtf7.TryDecode(Encoding.ASCII.GetBytes(ModifiedUtf7.Encode(letters)), out var back) && back == letters;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("1", 10, "1-1")]
    [InlineData("2,4:7,9,12:*", 15, "2-2 4-7 9-9 12-15")] // RFC 3501 section 9
    [InlineData("*:4,5:7", 10, "4-10")]
    [InlineData("7:5", 10, "5-7")]
    [InlineData("3,1,2,2", 10, "1-3")]
    [InlineData("20:*", 10, "10-20")] // the last message is always named by n:*
    [InlineData("*", 0, "")]
    [InlineData("1:*", 0, "")]
    [InlineData("1:4294967295", 10, "1-4294967295")]
    public void A_set_is_resolved_in_order_and_once(string text, uint largest, string ranges)
    {
        Assert.True(SequenceSet.TryParse(Encoding.ASCII.GetBytes(text), out var set));
        Assert.Equal(ranges, string.Join(' ', set.Resolve(largest).Select(range => $"{range.From}-{range.To}")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("01")]
    [InlineData("1,")]
    [InlineData(",1")]
    [InlineData("1:")]
    [InlineData("1:2:3")]
    [InlineData("1-2")]
    [InlineData("4294967296")]
    [InlineData("$")]
    public void What_is_no_set_is_refused(string text) => Assert.False(SequenceSet.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Theory]
    [InlineData("*", "a/b", true)]
    [InlineData("%", "a/b", false)]
    [InlineData("%/%", "a/b", true)]
    [InlineData("a*b", "a/x/b", true)]
    [InlineData("a%b", "a/b", false)]
    [InlineData("", "", true)]
    [InlineData("a", "b", false)]
    [InlineData("in%", "INBOX", true)]
    [InlineData("in%", "INBOXES", false)]
    [InlineData("inbox/*", "INBOX/a", true)]
    [InlineData("*x*", "aab", false)]
    [InlineData("***%%%a", "bca", true)]
    public void A_pattern_matches_within_and_across_levels(string pattern, string name, bool matches) =>
        Assert.Equal(matches, new ListPattern(pattern).Matches(name));

    [Fact]
    public void The_wire_and_the_core_mean_the_same_flags()
    {
        Assert.Equal((ulong)MessageFlags.Seen, ImapFlags.Seen);
        Assert.Equal((ulong)MessageFlags.Answered, ImapFlags.Answered);
        Assert.Equal((ulong)MessageFlags.Flagged, ImapFlags.Flagged);
        Assert.Equal((ulong)MessageFlags.Deleted, ImapFlags.Deleted);
        Assert.Equal((ulong)MessageFlags.Draft, ImapFlags.Draft);
        Assert.Equal((ulong)MessageFlags.System, ImapFlags.AllSystem);
        Assert.Equal(MailboxState.KeywordBit, ImapFlags.FirstKeywordBit);
    }
}
