using System.Buffers.Binary;
using System.Security.Cryptography;

namespace CompatBot.Storage.Backup;

/// <summary>What packs and manifests have in common: a header, then sealed segments (FORMAT.md 4.2).</summary>
internal static class SealedFile
{
    public const int HeaderBytes = 40;
    public const int TagBytes = 16;
    public const int LengthBytes = sizeof(uint);

    /// <summary>Octets of one segment, at most.</summary>
    public const int SegmentBytes = 1 << 20;

    public const byte PackKind = 1;
    public const byte ManifestKind = 2;

    private const byte Suite = 1;
    private const int SaltAt = 8;
    private const int NonceBytes = 12;

    private static ReadOnlySpan<byte> Magic => "CBBK"u8;

    public static byte[] NewHeader(byte kind)
    {
        var header = new byte[HeaderBytes];
        Magic.CopyTo(header);
        (header[4], header[5]) = (Suite, kind);
        RandomNumberGenerator.Fill(header.AsSpan(SaltAt));
        return header;
    }

    public static ReadOnlySpan<byte> Salt(ReadOnlySpan<byte> header) => header[SaltAt..];

    public static bool IsHeader(ReadOnlySpan<byte> header, byte kind) =>
        header[..4].SequenceEqual(Magic) && header[4] == Suite && header[5] == kind && header[6] == 0 && header[7] == 0;

    /// <summary>The key is the file's own, made from a random salt: an index cannot come twice under it, whatever is rolled back.</summary>
    public static void Nonce(Span<byte> nonce, ulong index, bool last)
    {
        nonce.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(nonce, index);
        nonce[NonceBytes - 1] = last ? (byte)1 : (byte)0;
    }

    public static byte[] Associated(ReadOnlySpan<byte> header, uint sealedBytes)
    {
        var associated = new byte[HeaderBytes + LengthBytes];
        header.CopyTo(associated);
        BinaryPrimitives.WriteUInt32LittleEndian(associated.AsSpan(HeaderBytes), sealedBytes);
        return associated;
    }
}

/// <summary>Writes a new sealed file; nobody may read it before it is complete and named by something.</summary>
internal sealed class SealedFileWriter : IDisposable
{
    private readonly byte[] _header;
    private readonly FileStream _file;
    private readonly AesGcm _cipher;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _plain = new byte[SealedFile.SegmentBytes];
    private readonly byte[] _sealed = new byte[SealedFile.LengthBytes + SealedFile.SegmentBytes + SealedFile.TagBytes];
    private int _filled;
    private ulong _index;

    public SealedFileWriter(string path, byte kind, BackupKey key)
    {
        _header = SealedFile.NewHeader(kind);
        _cipher = key.Cipher(SealedFile.Salt(_header));
        _file = Durable.OpenPrivateFile(path, FileMode.CreateNew);
        Put(_header);
    }

    /// <summary>Octets taken so far, before sealing.</summary>
    public long Length { get; private set; }

    public void Write(ReadOnlySpan<byte> octets)
    {
        Length += octets.Length;
        while (!octets.IsEmpty)
        {
            if (_filled == _plain.Length) Seal(last: false);
            var taken = Math.Min(octets.Length, _plain.Length - _filled);
            octets[..taken].CopyTo(_plain.AsSpan(_filled));
            _filled += taken;
            octets = octets[taken..];
        }
    }

    /// <summary>Ends the file and flushes it; its name is durable only with its folder.</summary>
    public (long Bytes, byte[] Sha256) Complete()
    {
        Seal(last: true);
        _file.Flush(flushToDisk: true);
        return (_file.Length, _hash.GetHashAndReset());
    }

    public void Dispose()
    {
        _file.Dispose();
        _cipher.Dispose();
        _hash.Dispose();
    }

    private void Seal(bool last)
    {
        var sealedBytes = _filled + SealedFile.TagBytes;
        BinaryPrimitives.WriteUInt32LittleEndian(_sealed, (uint)sealedBytes);
        Span<byte> nonce = stackalloc byte[12];
        SealedFile.Nonce(nonce, _index++, last);
        _cipher.Encrypt(
            nonce,
            _plain.AsSpan(0, _filled),
            _sealed.AsSpan(SealedFile.LengthBytes, _filled),
            _sealed.AsSpan(SealedFile.LengthBytes + _filled, SealedFile.TagBytes),
            SealedFile.Associated(_header, (uint)sealedBytes));
        Put(_sealed.AsSpan(0, SealedFile.LengthBytes + sealedBytes));
        _filled = 0;
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        _file.Write(bytes);
        _hash.AppendData(bytes);
    }
}

/// <summary>Reads a sealed file from its beginning to its end; memory holds one segment.</summary>
internal sealed class SealedFileReader : IDisposable
{
    private readonly FileStream _file;
    private readonly AesGcm _cipher;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _header = new byte[SealedFile.HeaderBytes];
    private readonly byte[] _sealed = new byte[SealedFile.SegmentBytes + SealedFile.TagBytes];
    private readonly byte[] _plain = new byte[SealedFile.SegmentBytes];
    private readonly string _shown;
    private int _at;
    private int _filled;
    private ulong _index;

    /// <exception cref="InvalidDataException">It is no such file.</exception>
    /// <exception cref="IOException">It is missing, or the disk refused.</exception>
    public SealedFileReader(string path, byte kind, BackupKey key)
    {
        _shown = Path.GetFileName(path);
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
        try
        {
            Take(_header, "its header");
            if (!SealedFile.IsHeader(_header, kind)) throw Damaged("its header is not that of such a file");
            _cipher = key.Cipher(SealedFile.Salt(_header));
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>SHA-256 of the file, once it was read to its end.</summary>
    public byte[] Sha256() => _hash.GetHashAndReset();

    public long Bytes => _file.Length;

    /// <summary>Fills the buffer, or less of it at the end.</summary>
    /// <exception cref="InvalidDataException">A segment does not open.</exception>
    public int Read(Span<byte> buffer)
    {
        var read = 0;
        while (read < buffer.Length)
        {
            if (_at == _filled && !Next()) break;
            var taken = Math.Min(buffer.Length - read, _filled - _at);
            _plain.AsSpan(_at, taken).CopyTo(buffer[read..]);
            (read, _at) = (read + taken, _at + taken);
        }

        return read;
    }

    public void Dispose()
    {
        _file.Dispose();
        _cipher.Dispose();
        _hash.Dispose();
    }

    /// <returns>False at the end.</returns>
    private bool Next()
    {
        if (_index > 0 && _file.Position == _file.Length) return false;
        Span<byte> length = stackalloc byte[SealedFile.LengthBytes];
        Take(length, "a length");
        var sealedBytes = BinaryPrimitives.ReadUInt32LittleEndian(length);
        if (sealedBytes < SealedFile.TagBytes || sealedBytes > _sealed.Length) throw Damaged($"segment {_index} has no sane length");
        Take(_sealed.AsSpan(0, (int)sealedBytes), $"segment {_index}");
        var plainBytes = (int)sealedBytes - SealedFile.TagBytes;
        Span<byte> nonce = stackalloc byte[12];
        SealedFile.Nonce(nonce, _index, last: _file.Position == _file.Length);
        try
        {
            _cipher.Decrypt(
                nonce,
                _sealed.AsSpan(0, plainBytes),
                _sealed.AsSpan(plainBytes, SealedFile.TagBytes),
                _plain.AsSpan(0, plainBytes),
                SealedFile.Associated(_header, sealedBytes));
        }
        catch (AuthenticationTagMismatchException)
        {
            throw Damaged($"segment {_index} does not open");
        }

        (_at, _filled, _index) = (0, plainBytes, _index + 1);
        return plainBytes > 0 || _file.Position < _file.Length;
    }

    private void Take(Span<byte> bytes, string what)
    {
        if (_file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length) throw Damaged($"it ends within {what}");
        _hash.AppendData(bytes);
    }

    private InvalidDataException Damaged(string what) => new($"{_shown}: {what}");
}
