using System.Security.Cryptography;

namespace CompatBot.Core.Store;

/// <summary>Names one account: 16 random bytes, drawn once, the same in every engine and after every restore.</summary>
public readonly record struct AccountId(Guid Value)
{
    public const int Length = 16;

    public static AccountId New() => new(new Guid(RandomNumberGenerator.GetBytes(Length), bigEndian: true));

    /// <summary>The 16 bytes, in the order in which they are bound into keys and sealed data.</summary>
    public byte[] ToBytes() => Value.ToByteArray(bigEndian: true);

    public void WriteTo(Span<byte> destination) => Value.TryWriteBytes(destination, bigEndian: true, out _);

    public static AccountId FromBytes(ReadOnlySpan<byte> bytes) => new(new Guid(bytes[..Length], bigEndian: true));

    /// <summary>32 lower-case hex digits: what logs, paths and the command line show.</summary>
    public override string ToString() => Value.ToString("N");
}

/// <summary>Names one device (credential) of an account: 16 random bytes.</summary>
public readonly record struct DeviceId(Guid Value)
{
    public static DeviceId New() => new(new Guid(RandomNumberGenerator.GetBytes(AccountId.Length), bigEndian: true));

    public byte[] ToBytes() => Value.ToByteArray(bigEndian: true);

    public static DeviceId FromBytes(ReadOnlySpan<byte> bytes) => new(new Guid(bytes[..AccountId.Length], bigEndian: true));

    public override string ToString() => Value.ToString("N");
}
