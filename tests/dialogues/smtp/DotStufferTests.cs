using System.Text;
using CompatBot.Protocols.Smtp.Wire;
using Xunit;

namespace CompatBot.DialogueTests.Smtp;

/// <summary>What is sent comes out of a receiver as it went in, however it is cut: and nothing in it ends it early.</summary>
public sealed class DotStufferTests
{
    [Fact]
    public void Stuffed_and_unstuffed_is_the_same_and_ends_where_it_ends()
    {
        var random = new Random(5);
        string[] pieces = [".", "..", "\r\n", "a", "\r\n.\r\n", "\r\n..", ".\r\n", "text", "\r\n\r\n"];
        for (var round = 0; round < 20_000; round++)
        {
            var message = Encoding.ASCII.GetBytes(
                string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => pieces[random.Next(pieces.Length)])));
            var sent = Stuff(message, random);
            Assert.EndsWith("\r\n.\r\n", $"\r\n{Encoding.ASCII.GetString(sent)}", StringComparison.Ordinal);
            var scanner = new DataScanner(isChunked: false);
            var received = new List<byte>();
            var from = 0;
            while (from < sent.Length)
            {
                Assert.False(scanner.IsEnded);
                received.AddRange(sent[scanner.Next(sent, ref from)]);
            }

            Assert.True(scanner.IsEnded);
            Assert.False(scanner.HasBareLineEnd);
            var wanted = message.Length == 0 || message.AsSpan().EndsWith("\r\n"u8) ? message : [.. message, .. "\r\n"u8];
            Assert.Equal(wanted, received);
        }
    }

    private static byte[] Stuff(byte[] message, Random random)
    {
        var stuffer = new DotStuffer();
        var sent = new List<byte>();
        for (var from = 0; from < message.Length;)
        {
            var part = message.AsSpan(from, Math.Min(message.Length - from, random.Next(1, 5)));
            from += part.Length;
            while (!part.IsEmpty)
            {
                var taken = stuffer.Next(part, out var doubles);
                sent.AddRange(part[..taken]);
                if (doubles) sent.Add((byte)'.');
                part = part[taken..];
            }
        }

        sent.AddRange(stuffer.IsAtLineStart ? ".\r\n"u8 : "\r\n.\r\n"u8);
        return [.. sent];
    }
}
