using System.Buffers.Binary;
using CompatBot.Core.Store;
using CompatBot.Storage.Backup.Proto;
using Google.Protobuf;

namespace CompatBot.Storage.Backup;

/// <summary>What one record of a pack holds (FORMAT.md 4.3).</summary>
internal enum RecordKind : byte { Entry = 1, Blob = 2, Item = 3 }

/// <param name="Account">Whose it is.</param>
/// <param name="Name">Of a blob; else zero.</param>
/// <param name="Realm">Of a dropped item; else zero.</param>
/// <param name="Number">Sequence of an entry, or arrival number of an item.</param>
/// <param name="Bytes">As they are stored; valid until the next record is read.</param>
internal readonly record struct PackRecord(
    RecordKind Kind, AccountId Account, BlobName Name, byte Realm, ulong Number, ReadOnlyMemory<byte> Bytes);

/// <summary>Writes records into pack files, a new one whenever one is full.</summary>
internal sealed class PackWriter(BackupFolder folder, BackupKey key) : IDisposable
{
    /// <summary>Octets after which a pack is full: what is damaged together, at most about.</summary>
    public const long PackBytes = 64L << 20;

    private readonly List<Pack> _packs = [];
    private SealedFileWriter? _file;

    public IReadOnlyList<Pack> Packs => _packs;

    /// <returns>The index of the pack that the record went into.</returns>
    public uint Write(in PackRecord record)
    {
        if (_file is { Length: >= PackBytes }) Close();
        if (_file is null)
        {
            var id = Guid.NewGuid().ToByteArray();
            _packs.Add(new Pack { Id = ByteString.CopyFrom(id) });
            _file = new SealedFileWriter(folder.PackPath(id), SealedFile.PackKind, key);
        }

        Span<byte> head = stackalloc byte[PackReader.HeadBytesMax];
        _file.Write(PackReader.Head(record, head));
        _file.Write(record.Bytes.Span);
        _packs[^1].Records++;
        return (uint)_packs.Count - 1;
    }

    /// <summary>Ends the last pack. All packs are durable then.</summary>
    public void Complete()
    {
        Close();
        folder.FlushPacks();
    }

    public void Dispose() => _file?.Dispose();

    private void Close()
    {
        if (_file is null) return;
        var (bytes, hash) = _file.Complete();
        (_packs[^1].Bytes, _packs[^1].Sha256) = ((ulong)bytes, ByteString.CopyFrom(hash));
        _file.Dispose();
        _file = null;
    }
}

/// <summary>Reads the records of a pack file in order.</summary>
internal sealed class PackReader(SealedFileReader file, string shown)
{
    /// <summary>kind, length, account, name.</summary>
    public const int HeadBytesMax = 1 + sizeof(uint) + AccountId.Length + BlobName.Length;

    /// <summary>No stored thing is longer.</summary>
    private const int RecordBytesMax = IJournalStore.EntryBytesMax;

    private byte[] _buffer = new byte[64 << 10];

    /// <summary>What stands in front of a record's bytes.</summary>
    public static ReadOnlySpan<byte> Head(in PackRecord record, Span<byte> head)
    {
        head[0] = (byte)record.Kind;
        BinaryPrimitives.WriteUInt32LittleEndian(head[1..], (uint)record.Bytes.Length);
        record.Account.WriteTo(head[5..]);
        var rest = head[(5 + AccountId.Length)..];
        switch (record.Kind)
        {
            case RecordKind.Blob:
                record.Name.WriteTo(rest);
                break;
            case RecordKind.Entry:
                BinaryPrimitives.WriteUInt64LittleEndian(rest, record.Number);
                break;
            default:
                rest[0] = record.Realm;
                BinaryPrimitives.WriteUInt64LittleEndian(rest[1..], record.Number);
                break;
        }

        return head[..(5 + AccountId.Length + RestBytes(record.Kind))];
    }

    /// <returns>Null at the end.</returns>
    /// <exception cref="InvalidDataException">The pack is damaged from here on.</exception>
    public PackRecord? Next()
    {
        Span<byte> head = stackalloc byte[5 + AccountId.Length];
        var read = file.Read(head);
        if (read == 0) return null;
        var kind = (RecordKind)head[0];
        var length = BinaryPrimitives.ReadUInt32LittleEndian(head[1..]);
        if (read < head.Length || kind is < RecordKind.Entry or > RecordKind.Item || length > RecordBytesMax) throw Senseless();
        var account = AccountId.FromBytes(head[5..]);
        Span<byte> rest = stackalloc byte[RestBytes(kind)];
        if (file.Read(rest) < rest.Length) throw Senseless();
        if (_buffer.Length < length) _buffer = new byte[(int)Math.Max(length, Math.Min(RecordBytesMax, 2L * _buffer.Length))];
        if (file.Read(_buffer.AsSpan(0, (int)length)) < length) throw Senseless();
        var bytes = _buffer.AsMemory(0, (int)length);
        return kind switch
        {
            RecordKind.Blob => new PackRecord(kind, account, new BlobName(rest), 0, 0, bytes),
            RecordKind.Entry => new PackRecord(kind, account, default, 0, BinaryPrimitives.ReadUInt64LittleEndian(rest), bytes),
            _ => new PackRecord(kind, account, default, rest[0], BinaryPrimitives.ReadUInt64LittleEndian(rest[1..]), bytes),
        };
    }

    private static int RestBytes(RecordKind kind) => kind switch
    {
        RecordKind.Blob => BlobName.Length,
        RecordKind.Entry => sizeof(ulong),
        _ => 1 + sizeof(ulong),
    };

    private InvalidDataException Senseless() => new($"{shown}: a record makes no sense");
}
