using CompatBot.Gateway.Config;
using Xunit;

namespace CompatBot.UnitTests.Gateway;

public sealed class DataSizeTests
{
    [Theory]
    [InlineData("0", 0L, "0")]
    [InlineData("1023", 1023L, "1023")]
    [InlineData("10K", 10_240L, "10K")]
    [InlineData("1536m", 1_610_612_736L, "1.5G")]
    [InlineData("2T", 2_199_023_255_552L, "2T")]
    public void Sizes_are_read_and_written(string typed, long octets, string text)
    {
        Assert.Equal(octets, DataSize.Parse(typed));
        Assert.Equal(text, DataSize.Text(octets));
    }

    [Theory]
    [InlineData("")]
    [InlineData("G")]
    [InlineData("-1")]
    [InlineData("1.5G")]
    [InlineData("10GB")]
    [InlineData("9223372036854775808")]
    [InlineData("8388608T")]
    public void What_is_no_size_is_none(string typed) => Assert.Null(DataSize.Parse(typed));
}
