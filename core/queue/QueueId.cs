using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using CompatBot.Core.Store;

namespace CompatBot.Core.Queue;

/// <summary>Names one queued message, for people and for the names of its blobs.</summary>
public readonly record struct QueueId(ulong Value)
{
    internal static QueueId New() => new(BinaryPrimitives.ReadUInt64BigEndian(RandomNumberGenerator.GetBytes(sizeof(ulong))));

    /// <returns>Null when the text is not 16 hexadecimal digits.</returns>
    public static QueueId? Parse(string text) =>
        text.Length == 16 && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? new QueueId(value)
            : null;

    public override string ToString() => Value.ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>A fresh name for a blob of this message: the id, random octets, and what is in it.</summary>
    internal BlobName NewName(QueueBlob kind)
    {
        Span<byte> name = stackalloc byte[BlobName.Length];
        RandomNumberGenerator.Fill(name);
        BinaryPrimitives.WriteUInt64BigEndian(name, Value);
        name[^1] = (byte)kind;
        return new(name);
    }

    internal static (QueueId Id, QueueBlob Kind) Of(BlobName name)
    {
        Span<byte> bytes = stackalloc byte[BlobName.Length];
        name.WriteTo(bytes);
        return (new(BinaryPrimitives.ReadUInt64BigEndian(bytes)), (QueueBlob)bytes[^1]);
    }
}

/// <summary>What a blob of the queue holds. Numbers are part of the stored format.</summary>
internal enum QueueBlob : byte
{
    Part = 0,
    Envelope = 1,
    Standing = 2,
}
