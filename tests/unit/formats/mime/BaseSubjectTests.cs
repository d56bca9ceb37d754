using CompatBot.Formats.Mime;
using Xunit;

namespace CompatBot.UnitTests.Formats.Mime;

/// <summary>RFC 5256 section 2.1.</summary>
public sealed class BaseSubjectTests
{
    [Theory]
    [InlineData(null, "", false)]
    [InlineData("", "", false)]
    [InlineData("hello", "hello", false)]
    [InlineData("Re: hello", "hello", true)]
    [InlineData("RE:re : FWD: Fw: hello", "hello", true)]
    [InlineData("Re[2]: hello", "hello", true)]
    [InlineData("  hello \t world  ", "hello world", false)]
    [InlineData("hello (fwd) (FWD)", "hello", true)]
    [InlineData("[list] Re: hello", "hello", true)]
    [InlineData("Re: [list] hello", "hello", true)]
    [InlineData("[a] [b] hello", "hello", false)]
    [InlineData("[only]", "[only]", false)]
    [InlineData("[Fwd: hello]", "hello", true)]
    [InlineData("[Fwd: [Fwd: Re: hello]]", "hello", true)]
    [InlineData("Re: ", "", true)]
    [InlineData("Reply: hello", "Reply: hello", false)]
    [InlineData("[broken hello", "[broken hello", false)]
    [InlineData("=?utf-8?q?Re=3A_h=C3=A9llo?=", "h\u00e9llo", true)]
    public void Marks_of_replies_are_taken_off(string? subject, string wanted, bool isReply)
    {
        Assert.Equal(wanted, BaseSubject.Of(subject, out var found));
        Assert.Equal(isReply, found);
    }

    [Fact]
    public void Nothing_takes_long()
    {
        foreach (var piece in (string[])["re:", "[", "[]", "[a]", "(fwd)", "[fwd:", "fw ", " "])
        {
            Assert.NotNull(BaseSubject.Of(string.Concat(Enumerable.Repeat(piece, 100_000)), out _));
        }
    }
}
