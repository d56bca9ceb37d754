using System.Runtime.InteropServices;
using CompatBot.ContractTests.Faults;
using CompatBot.Storage.Sqlite.Native;

namespace CompatBot.ContractTests;

/// <summary>What SQLite may expect of the layer over its files, against a file without one.</summary>
public sealed class FileLayerTests
{
    private const int PageBytes = 4096;
    private const int FrameBytes = PageBytes + 24;
    private const int LogHeaderBytes = 32;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_use_of_the_log_reads_what_was_written_and_flushes_all_of_it(int seed)
    {
        var random = new Random(seed);
        using var files = new Files();
        var expected = new List<byte>();
        for (var step = 0; step < 1_000; step++)
        {
            switch (random.Next(12))
            {
                case < 5:
                    WriteSome(files.Log, expected, random);
                    break;
                case < 9:
                    ReadSome(files.Log, expected, random);
                    break;
                case 9:
                    Assert.Equal(Sqlite3.Ok, files.Log.CallSync());
                    Assert.True(CollectionsMarshal.AsSpan(expected).SequenceEqual(files.Log.Bytes));
                    break;
                case 10:
                    Assert.Equal(Sqlite3.Ok, files.Log.CallFileSize(out var length));
                    Assert.Equal(expected.Count, length);
                    break;
                default:
                    ChangeBetweenTransactions(files, expected, random);
                    break;
            }
        }
    }

    [Fact]
    public void A_write_that_fails_late_lets_no_flush_succeed_until_the_transaction_has_ended()
    {
        using var files = new Files();
        Assert.Equal(Sqlite3.Ok, WriteFrames(files.Log, 0, 3));
        Assert.Equal(Sqlite3.Ok, files.Log.CallSync());
        var flushed = files.Log.Bytes;
        Assert.Equal(Sqlite3.Ok, WriteFrames(files.Log, 3, 5));
        files.Log.FailsNextWrite = true;
        Assert.Equal(FaultVfs.Full, files.Log.CallSync());
        Assert.Equal(FaultVfs.Full, files.Log.CallSync());
        Assert.Equal(FaultVfs.Full, WriteFrames(files.Log, 8, 1));
        Assert.Equal(FaultVfs.Full, files.Log.CallRead(new byte[PageBytes], 0));
        Assert.Equal(Sqlite3.Ok, files.Main.CallShmLock());
        Assert.Equal(Sqlite3.Ok, WriteFrames(files.Log, 3, 1));
        Assert.Equal(Sqlite3.Ok, files.Log.CallSync());
        Assert.Equal(flushed, files.Log.Bytes[..flushed.Length]);
    }

    [Fact]
    public void What_a_transaction_did_not_flush_never_gets_to_the_file()
    {
        using var files = new Files();
        Assert.Equal(Sqlite3.Ok, WriteFrames(files.Log, 0, 3));
        Assert.Equal(Sqlite3.Ok, files.Main.CallShmLock());
        Assert.Equal(Sqlite3.Ok, files.Log.CallSync());
        Assert.Empty(files.Log.Bytes);
    }

    [Fact]
    public void A_commit_of_many_pages_is_a_few_writes_and_a_long_row_a_few_reads()
    {
        using var files = new Files();
        Assert.Equal(Sqlite3.Ok, WriteFrames(files.Log, 0, 26));
        Assert.Equal(0, files.Log.Writes);
        Assert.Equal(Sqlite3.Ok, files.Log.CallSync());
        Assert.Equal(1, files.Log.Writes);
        files.Main.Bytes = new byte[100 * PageBytes];
        for (var page = 1; page < 27; page++) Assert.Equal(Sqlite3.Ok, files.Main.CallRead(new byte[PageBytes], page * PageBytes));
        Assert.InRange(files.Main.Reads, 1, 4);
        var before = files.Log.Reads;
        for (var frame = 0; frame < 26; frame++)
        {
            Assert.Equal(Sqlite3.Ok, files.Log.CallRead(new byte[PageBytes], LogHeaderBytes + (frame * FrameBytes) + 24));
        }

        Assert.InRange(files.Log.Reads - before, 1, 4);
    }

    [Fact]
    public void The_database_is_written_at_once_with_zeros_in_the_unused_middle_of_a_page()
    {
        using var files = new Files();
        var page = new byte[PageBytes];
        Array.Fill(page, (byte)7);
        new byte[] { 13, 0, 0, 0, 1, 0x0F, 0x00 }.CopyTo(page, 0); // A leaf of a table: one cell, content from 0xF00 on.
        Assert.Equal(Sqlite3.Ok, files.Main.CallWrite(page, PageBytes));
        Array.Clear(page, 10, 0xF00 - 10);
        Assert.Equal(page, files.Main.Bytes[PageBytes..]);
    }

    private static int WriteFrames(MemoryFile log, int first, int count)
    {
        for (var frame = first; frame < first + count; frame++)
        {
            var at = LogHeaderBytes + (frame * FrameBytes);
            var code = log.CallWrite(new byte[24], at);
            if (code == Sqlite3.Ok) code = log.CallWrite(new byte[PageBytes], at + 24);
            if (code != Sqlite3.Ok) return code;
        }

        return Sqlite3.Ok;
    }

    private static void WriteSome(MemoryFile file, List<byte> expected, Random random)
    {
        var at = random.Next(4) == 0 ? random.Next(expected.Count + 1) : expected.Count;
        if (at > 1 << 20) at = 0;
        var count = random.Next(8) == 0 ? random.Next(1, 40) : 1;
        for (var i = 0; i < count; i++)
        {
            var bytes = new byte[random.Next(3) switch { 0 => 24, 1 => PageBytes, _ => random.Next(1, 2 * FileLayer.RunBytesMax) }];
            random.NextBytes(bytes);
            Assert.Equal(Sqlite3.Ok, file.CallWrite(bytes, at));
            Put(expected, bytes, at);
            at += bytes.Length;
        }
    }

    private static void Put(List<byte> expected, byte[] bytes, int at)
    {
        CollectionsMarshal.SetCount(expected, Math.Max(expected.Count, at + bytes.Length));
        bytes.CopyTo(CollectionsMarshal.AsSpan(expected)[at..]);
    }

    private static void ReadSome(MemoryFile file, List<byte> expected, Random random)
    {
        var at = random.Next(expected.Count + 1);
        var bytes = new byte[PageBytes];
        for (var count = random.Next(1, 30); count > 0; count--)
        {
            var there = Math.Clamp(expected.Count - at, 0, PageBytes);
            var code = file.CallRead(bytes, at);
            Assert.Equal(there == PageBytes, code == Sqlite3.Ok);
            var octets = CollectionsMarshal.AsSpan(expected).Slice(Math.Min(at, expected.Count), there);
            Assert.True(octets.SequenceEqual(bytes.AsSpan(0, there)));
            Assert.Equal(-1, bytes.AsSpan(there).IndexOfAnyExcept((byte)0));
            at += PageBytes + (random.Next(2) * 24);
        }
    }

    /// <summary>Another connection changes the file, as it may where this one holds no lock.</summary>
    private static void ChangeBetweenTransactions(Files files, List<byte> expected, Random random)
    {
        Assert.Equal(Sqlite3.Ok, files.Log.CallSync());
        Assert.Equal(Sqlite3.Ok, files.Main.CallShmLock());
        var bytes = new byte[random.Next(3 * FileLayer.AheadBytes)];
        random.NextBytes(bytes);
        expected.Clear();
        expected.AddRange(bytes);
        files.Log.Bytes = bytes;
        if (random.Next(3) != 0) return;
        Assert.Equal(Sqlite3.Ok, files.Log.CallTruncate(bytes.Length / 2));
        expected.RemoveRange(bytes.Length / 2, expected.Count - (bytes.Length / 2));
    }

    /// <summary>A database and its log with the layer over both.</summary>
    private sealed class Files : IDisposable
    {
        private readonly FileLayer[] _layers;

        public Files()
        {
            var main = FileLayer.Attach(Main.Address, null);
            _layers = [main, FileLayer.Attach(Log.Address, main)];
        }

        public MemoryFile Main { get; } = new();

        public MemoryFile Log { get; } = new();

        public void Dispose()
        {
            Main.Dispose();
            Log.Dispose();
            foreach (var layer in _layers) layer.Dispose();
        }
    }
}
