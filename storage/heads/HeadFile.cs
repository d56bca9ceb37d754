using System.Security.Cryptography;
using CompatBot.Core.Proof;
using CompatBot.Core.Store;

namespace CompatBot.Storage.Heads;

/// <summary>
/// A head book in one file: records of account (16 bytes), head (140) and a checksum (the first 8 of SHA-256 of both), appended and
/// flushed; the newest whole one of an account counts. Rewritten when it grew to a multiple
/// of what counts.
/// </summary>
public sealed class HeadFile : IHeadBook
{
    /// <summary>The file's name in its folder.</summary>
    public const string FileName = "heads";

    /// <summary>Rewritten when it holds this many times the records that count, and more than <see cref="RecordsMin"/>.</summary>
    private const int GrowthMax = 8;

    private const int RecordsMin = 4096;
    private const int ChecksumBytes = 8;
    private const int RecordBytes = AccountId.Length + SignedHead.Length + ChecksumBytes;

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<AccountId, byte[]> _heads = [];
    private readonly string _folder;
    private FileStream _file;

    private HeadFile(string folder, FileStream file) => (_folder, _file) = (folder, file);

    public string Place => _folder;

    /// <summary>Records that did not verify when the book was opened: torn by a power cut, or damaged. An older one counts then.</summary>
    public int DamagedRecords { get; private set; }

    private string Path => System.IO.Path.Combine(_folder, FileName);

    /// <summary>Opens the book of a folder, which is made when it is missing.</summary>
    /// <exception cref="IOException">The folder can not be read and written, or another process has the book open.</exception>
    public static HeadFile Open(string folder)
    {
        Directory.CreateDirectory(folder);
        var book = new HeadFile(folder, Durable.OpenPrivateFile(System.IO.Path.Combine(folder, FileName), FileMode.OpenOrCreate));
        try
        {
            book.Load();
            Durable.FlushFolder(folder);
            return book;
        }
        catch
        {
            book._file.Dispose();
            throw;
        }
    }

    public ReadOnlyMemory<byte>? Find(AccountId account)
    {
        lock (_lock)
        {
            return _heads.TryGetValue(account, out var head) ? (ReadOnlyMemory<byte>?)head : null;
        }
    }

    public async ValueTask PutAsync(IReadOnlyList<(AccountId Account, ReadOnlyMemory<byte> Head)> heads, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            var bytes = new byte[heads.Count * RecordBytes];
            for (var i = 0; i < heads.Count; i++)
            {
                Record(bytes.AsSpan(i * RecordBytes, RecordBytes), heads[i].Account, heads[i].Head.Span);
            }

            Append(bytes);
            lock (_lock)
            {
                foreach (var (account, head) in heads)
                {
                    _heads[account] = head.ToArray();
                }
            }

            if (_file.Length > RecordBytes * Math.Max(RecordsMin, (long)GrowthMax * _heads.Count))
            {
                Rewrite();
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        _gate.Dispose();
    }

    private static void Record(Span<byte> record, AccountId account, ReadOnlySpan<byte> head)
    {
        if (head.Length != SignedHead.Length)
        {
            throw new ArgumentException("A head has another length.", nameof(head));
        }

        account.WriteTo(record);
        head.CopyTo(record[AccountId.Length..]);
        Checksum(record, record[^ChecksumBytes..]);
    }

    private static void Checksum(ReadOnlySpan<byte> record, Span<byte> checksum)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(record[..^ChecksumBytes], hash);
        hash[..ChecksumBytes].CopyTo(checksum);
    }

    /// <summary>Behind the last whole record, wherever an earlier attempt stopped.</summary>
    private void Append(ReadOnlySpan<byte> bytes)
    {
        var end = _file.Length;
        try
        {
            RandomAccess.Write(_file.SafeFileHandle, bytes, end);
            _file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            _file.SetLength(end);
            throw;
        }
    }

    private void Load()
    {
        var record = new byte[RecordBytes];
        Span<byte> checksum = stackalloc byte[ChecksumBytes];
        long at = 0;
        for (; RandomAccess.Read(_file.SafeFileHandle, record, at) == RecordBytes; at += RecordBytes)
        {
            Checksum(record, checksum);
            if (checksum.SequenceEqual(record.AsSpan(^ChecksumBytes..)))
            {
                _heads[AccountId.FromBytes(record)] = record[AccountId.Length..^ChecksumBytes];
            }
            else
            {
                DamagedRecords++;
            }
        }

        _file.SetLength(at);
    }

    private void Rewrite()
    {
        var fresh = Path + ".new";
        File.Delete(fresh);
        var file = Durable.OpenPrivateFile(fresh, FileMode.CreateNew);
        try
        {
            var bytes = new byte[_heads.Count * RecordBytes];
            var i = 0;
            foreach (var (account, head) in _heads)
            {
                Record(bytes.AsSpan(i++ * RecordBytes, RecordBytes), account, head);
            }

            RandomAccess.Write(file.SafeFileHandle, bytes, 0);
            file.Flush(flushToDisk: true);
            File.Move(fresh, Path, overwrite: true);
            Durable.FlushFolder(_folder);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        _file.Dispose();
        _file = file;
    }
}
