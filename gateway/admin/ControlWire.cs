using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace CompatBot.Gateway.Admin;

/// <summary>
/// The control socket's framing: four bytes of length (big endian), then that much JSON; one call, lines of progress, one answer.
/// </summary>
internal static class ControlWire
{
    /// <summary>Longest frame, in bytes: a bulk file of some hundred thousand accounts.</summary>
    public const int FrameBytesMax = 256 << 20;

    private const int HeaderBytes = sizeof(uint);

    public static async ValueTask WriteAsync<T>(Stream stream, T value, JsonTypeInfo<T> shape, CancellationToken cancellation)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(value, shape);
        var frame = new byte[HeaderBytes + json.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)json.Length);
        json.CopyTo(frame.AsSpan(HeaderBytes));
        await stream.WriteAsync(frame, cancellation);
    }

    /// <returns>Null when the other side hung up before, or sent no such frame.</returns>
    public static async ValueTask<T?> ReadAsync<T>(Stream stream, JsonTypeInfo<T> shape, CancellationToken cancellation)
        where T : class
    {
        var header = new byte[HeaderBytes];
        if (await stream.ReadAtLeastAsync(header, HeaderBytes, throwOnEndOfStream: false, cancellation) < HeaderBytes) return null;
        var length = BinaryPrimitives.ReadUInt32BigEndian(header);
        if (length > FrameBytesMax) return null;
        var json = new byte[length];
        if (await stream.ReadAtLeastAsync(json, json.Length, throwOnEndOfStream: false, cancellation) < json.Length) return null;
        try
        {
            return JsonSerializer.Deserialize(json, shape);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
