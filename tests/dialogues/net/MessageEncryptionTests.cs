using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using CompatBot.Protocols.Net.Push;
using Xunit;

namespace CompatBot.DialogueTests.Net;

public sealed class MessageEncryptionTests
{
    private static byte[] Octets(string text) => Base64Url.DecodeFromChars(text);

    [Fact] // RFC 8291 section 5, with the values of appendix A
    public void The_example_of_the_RFC_is_made_octet_for_octet()
    {
        var point = Octets("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8");
        var scalar = Octets("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
        using var own = ECDiffieHellman.Create(MessageEncryption.Parameters(point, scalar));
        var body = MessageEncryption.Encrypt(
            Encoding.ASCII.GetBytes("When I grow up, I want to be a watermelon"),
            Octets("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
            Octets("BTBZMqHH6r4Tts7J_aSIgg"),
            own,
            Octets("DGv6ra1nlYgDCS1FRnbzlw"));
        Assert.Equal(
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
            + "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
            Base64Url.EncodeToString(body));
    }

    [Fact]
    public void Only_points_of_the_curve_are_keys()
    {
        var point = Octets("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        Assert.True(MessageEncryption.IsPoint(point));
        Assert.False(MessageEncryption.IsPoint([]));
        Assert.False(MessageEncryption.IsPoint([0]));
        Assert.False(MessageEncryption.IsPoint(point.AsSpan(0, 64)));
        Assert.False(MessageEncryption.IsPoint([.. point, 0]));
        Assert.False(MessageEncryption.IsPoint([4, .. new byte[64]]));
        Assert.False(MessageEncryption.IsPoint([4, .. Enumerable.Repeat((byte)255, 64)]));
        Assert.False(MessageEncryption.IsPoint([2, .. point[1..33]]));
        foreach (var at in (int[])[0, 1, 32, 64])
        {
            byte[] other = [.. point];
            other[at] ^= 1;
            Assert.False(MessageEncryption.IsPoint(other));
        }
    }

    [Fact] // RFC 8030 section 7.2
    public void The_longest_message_makes_a_body_of_4096_octets()
    {
        var point = Octets("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        Assert.Equal(4096, MessageEncryption.Encrypt(new byte[MessageEncryption.MessageBytesMax], point, new byte[16]).Length);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => MessageEncryption.Encrypt(new byte[MessageEncryption.MessageBytesMax + 1], point, new byte[16]));
    }
}
