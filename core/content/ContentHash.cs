using System.Buffers.Binary;
using System.Security.Cryptography;

namespace CompatBot.Core.Content;

/// <summary>Hashes that clients compare files by. None of them guards anything: that is the seal's work.</summary>
public enum HashKind
{
    Sha256,
    Sha512,
    Sha1,
    Md5,
    Crc32,
    Adler32,
}

/// <summary>A hash of octets that come in parts.</summary>
public sealed class ContentHash : IDisposable
{
    private readonly IncrementalHash? _hash;
    private Checksum _checksum;

    public ContentHash(HashKind kind)
    {
        Kind = kind;
        _hash = kind switch
        {
            HashKind.Sha256 => IncrementalHash.CreateHash(HashAlgorithmName.SHA256),
            HashKind.Sha512 => IncrementalHash.CreateHash(HashAlgorithmName.SHA512),
            HashKind.Sha1 => IncrementalHash.CreateHash(HashAlgorithmName.SHA1),
            HashKind.Md5 => IncrementalHash.CreateHash(HashAlgorithmName.MD5),
            _ => null,
        };
        _checksum = new Checksum(kind == HashKind.Adler32);
    }

    public HashKind Kind { get; }

    /// <summary>The hash of a part of a content, which is read for it.</summary>
    /// <exception cref="ContentException">It can not be read.</exception>
    public static async ValueTask<byte[]> OfAsync(
        HashKind kind, ContentReader content, long from, long to, CancellationToken cancellation)
    {
        using var hash = new ContentHash(kind);
        await hash.AppendAsync(content, from, to, cancellation);
        return hash.Finish();
    }

    public void Append(ReadOnlySpan<byte> octets)
    {
        if (_hash is null) _checksum.Append(octets);
        else _hash.AppendData(octets);
    }

    /// <summary>Takes a part of a content.</summary>
    /// <exception cref="ContentException">It can not be read.</exception>
    public async ValueTask AppendAsync(ContentReader content, long from, long to, CancellationToken cancellation)
    {
        await foreach (var octets in content.StreamAsync(from, to, cancellation)) Append(octets.Span);
    }

    /// <summary>The hash; a checksum as four octets, the highest first.</summary>
    public byte[] Finish() => _hash is null ? _checksum.Value() : _hash.GetHashAndReset();

    public void Dispose() => _hash?.Dispose();

    /// <summary>CRC-32 as in IEEE 802.3, and Adler-32 as in RFC 1950.</summary>
    private struct Checksum(bool isAdler)
    {
        private const uint Polynomial = 0xEDB88320;
        private const uint AdlerModulus = 65521;

        /// <summary>Octets after which the sums of Adler-32 must be reduced, so that they stay below 2^32.</summary>
        private const int AdlerRun = 5552;

        private static readonly uint[] Table = MakeTable();

        private uint _crc = uint.MaxValue;
        private uint _low = 1;
        private uint _high;

        public void Append(ReadOnlySpan<byte> octets)
        {
            if (!isAdler)
            {
                var crc = _crc;
                foreach (var octet in octets) crc = Table[(crc ^ octet) & 0xFF] ^ (crc >> 8);
                _crc = crc;
                return;
            }

            for (; !octets.IsEmpty; octets = octets[Math.Min(AdlerRun, octets.Length)..])
            {
                foreach (var octet in octets[..Math.Min(AdlerRun, octets.Length)]) _high += _low += octet;
                (_low, _high) = (_low % AdlerModulus, _high % AdlerModulus);
            }
        }

        public readonly byte[] Value()
        {
            var value = new byte[4];
            BinaryPrimitives.WriteUInt32BigEndian(value, isAdler ? (_high << 16) | _low : ~_crc);
            return value;
        }

        private static uint[] MakeTable()
        {
            var table = new uint[256];
            for (var i = 0u; i < table.Length; i++)
            {
                var value = i;
                for (var bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? (value >> 1) ^ Polynomial : value >> 1;
                table[i] = value;
            }

            return table;
        }
    }
}
