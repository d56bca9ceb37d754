namespace CompatBot.Generator;

/// <summary>What is done to the bytes of a finished message.</summary>
internal static class Damage
{
    public static byte[] Apply(byte[] message, int seed, Random random, MessageOptions options)
    {
        if (options.Nuls && seed % 3 == 1)
        {
            for (var count = random.Next(1, 10); count > 0; count--)
            {
                var index = random.Next(message.Length);
                message[index] = message[index] is (byte)'\r' or (byte)'\n' ? message[index] : (byte)0;
            }
        }

        if (options.BareLineEnds && seed % 2 == 0)
        {
            message = BareLineEnds(message, random);
        }

        return options.UnfinishedLines && seed % 2 == 1 ? message.AsSpan().TrimEnd("\r\n"u8).ToArray() : message;
    }

    private static byte[] BareLineEnds(byte[] message, Random random)
    {
        var changed = new List<byte>(message.Length);
        var one = random.Next(3); // 0: LF alone everywhere, 1: both kinds, 2: a lone CR here and there
        for (var index = 0; index < message.Length; index++)
        {
            var ends = message[index] == (byte)'\r' && index + 1 < message.Length && message[index + 1] == (byte)'\n';
            if (!ends || one == 2 || (one == 1 && random.Next(2) == 0))
            {
                changed.Add(message[index]);
            }

            if (one == 2 && random.Next(50) == 0 && message[index] == (byte)' ')
            {
                changed.Add((byte)'\r');
            }
        }

        return [.. changed];
    }
}
