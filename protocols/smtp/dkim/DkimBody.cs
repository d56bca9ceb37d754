using System.Security.Cryptography;

namespace CompatBot.Protocols.Smtp.Dkim;

/// <summary>
/// Hashes a body as it streams by, in relaxed or simple canonical form (RFC 6376 section 3.4.3 and 3.4.4). Empty lines and white space
/// are held back until something follows: at the end they do not count.
/// </summary>
/// <param name="isRelaxed">Relaxed; else simple.</param>
/// <param name="lengthMax">Octets of the canonical body that count (the tag "l").</param>
public sealed class DkimBody(bool isRelaxed, long lengthMax = long.MaxValue) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[4096];
    private int _length;
    private long _lineEnds, _left = lengthMax;
    private bool _space, _isAfterCr, _isEmpty = true;

    public void Write(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            var plain = octets.IndexOfAny("\r\n \t"u8);
            if (plain < 0) plain = octets.Length;
            if (plain > 0)
            {
                Release();
                Put(octets[..plain]);
                octets = octets[plain..];
                continue;
            }

            var octet = octets[0];
            octets = octets[1..];
            if (_isAfterCr && octet != '\n') Release();
            if (octet == '\n' && _isAfterCr)
            {
                _isAfterCr = false;
                _space = false;
                _lineEnds++;
                continue;
            }

            if (octet == '\r')
            {
                _isAfterCr = true;
                continue;
            }

            if (isRelaxed && octet != '\n')
            {
                _space = true;
                continue;
            }

            Release();
            Put([octet]);
        }
    }

    /// <summary>SHA-256 of the canonical body.</summary>
    public byte[] Finish()
    {
        if (_isAfterCr) Release();

        // Simple: an empty body is one CRLF. Relaxed: it is nothing.
        if (!_isEmpty || !isRelaxed) Put("\r\n"u8);
        _hash.AppendData(_buffer, 0, _length);
        _length = 0;
        return _hash.GetHashAndReset();
    }

    public void Dispose() => _hash.Dispose();

    /// <summary>What was held back counts after all.</summary>
    private void Release()
    {
        for (; _lineEnds > 0; _lineEnds--) Put("\r\n"u8);
        if (_space) Put(" "u8);
        if (_isAfterCr) Put("\r"u8);
        (_space, _isAfterCr, _isEmpty) = (false, false, false);
    }

    private void Put(ReadOnlySpan<byte> octets)
    {
        if (octets.Length > _left) octets = octets[..(int)_left];
        _left -= octets.Length;
        if (octets.Length > _buffer.Length - _length)
        {
            _hash.AppendData(_buffer, 0, _length);
            _length = 0;
            if (octets.Length > _buffer.Length)
            {
                _hash.AppendData(octets);
                return;
            }
        }

        octets.CopyTo(_buffer.AsSpan(_length));
        _length += octets.Length;
    }
}
