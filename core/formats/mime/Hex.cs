namespace CompatBot.Formats.Mime;

/// <summary>Two hexadecimal digits, either case.</summary>
internal static class Hex
{
    public static bool TryByte(byte high, byte low, out byte octet)
    {
        var (one, two) = (Digit(high), Digit(low));
        octet = (byte)((one << 4) | two);
        return (one | two) >= 0;
    }

    /// <summary>The digit's value, or -1.</summary>
    public static int Digit(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        _ => -1,
    };
}
