using System.Text;

namespace CompatBot.Storage.Sqlite.Native;

/// <summary>One prepared statement of one connection. Bind, Step until false, and Reset when leaving rows unread.</summary>
internal sealed unsafe class SqliteStatement : IDisposable
{
    private const int NullType = 5;

    private readonly SqliteConnection _connection;
    private nint _handle;

    public SqliteStatement(SqliteConnection connection, string sql)
    {
        _connection = connection;
        var bytes = Encoding.UTF8.GetBytes(sql);
        fixed (byte* text = bytes)
        {
            connection.Check(Sqlite3.Prepare(
                connection.Handle, text, bytes.Length, Sqlite3.PreparePersistent, out _handle, out _));
        }
    }

    public void Bind(int index, long value) => _connection.Check(Sqlite3.BindInt64(_handle, index, value));

    public void BindNull(int index) => _connection.Check(Sqlite3.BindNull(_handle, index));

    /// <summary>Binds a copy: for keys and other short values.</summary>
    public void Bind(int index, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            BindPinned(index, start, bytes.Length, Sqlite3.Transient);
        }
    }

    public void Bind(int index, string text)
    {
        var longest = Encoding.UTF8.GetMaxByteCount(text.Length);
        Span<byte> bytes = longest <= 512 ? stackalloc byte[512] : new byte[longest];
        var length = Encoding.UTF8.GetBytes(text, bytes);
        fixed (byte* start = bytes)
        {
            _connection.Check(Sqlite3.BindText(_handle, index, start, length, Sqlite3.Transient));
        }
    }

    /// <summary>Binds without a copy and runs a statement that returns no row: for content.</summary>
    public void RunWith(int index, ReadOnlySpan<byte> content)
    {
        fixed (byte* start = content)
        {
            BindPinned(index, start, content.Length, Sqlite3.Static);
            Run();
        }
    }

    /// <returns>True with a row; false when done, and then the statement is reset.</returns>
    public bool Step()
    {
        var code = Sqlite3.Step(_handle);
        if (code == Sqlite3.Row)
        {
            return true;
        }

        if (code == Sqlite3.Done)
        {
            _ = Sqlite3.Reset(_handle); // Returns Step's own code once more.
            return false;
        }

        var error = _connection.Error(code);
        _ = Sqlite3.Reset(_handle);
        throw error;
    }

    /// <summary>Runs a statement that returns no row.</summary>
    public void Run()
    {
        if (Step())
        {
            Reset();
        }
    }

    public void Reset() => _ = Sqlite3.Reset(_handle); // What it returns was thrown by Step already.

    public bool IsNull(int column) => Sqlite3.ColumnType(_handle, column) == NullType;

    public long Int64(int column) => Sqlite3.ColumnInt64(_handle, column);

    /// <summary>Valid until the next Step or Reset.</summary>
    public ReadOnlySpan<byte> Span(int column)
    {
        var start = Sqlite3.ColumnBlob(_handle, column);
        return new ReadOnlySpan<byte>(start, start == null ? 0 : Sqlite3.ColumnBytes(_handle, column));
    }

    public byte[] Bytes(int column)
    {
        var span = Span(column);
        var bytes = GC.AllocateUninitializedArray<byte>(span.Length); // Clearing a large one first costs as much as reading it.
        span.CopyTo(bytes);
        return bytes;
    }

    public string Text(int column)
    {
        var start = Sqlite3.ColumnText(_handle, column);
        return start == null ? "" : Encoding.UTF8.GetString(start, Sqlite3.ColumnBytes(_handle, column));
    }

    public void Dispose()
    {
        _ = Sqlite3.Finalize(_handle); // Returns the code of the last Step once more.
        _handle = 0;
    }

    private void BindPinned(int index, byte* start, int length, nint lifetime) => _connection.Check(length == 0
        ? Sqlite3.BindZeroBlob(_handle, index, 0) // A null pointer would bind NULL.
        : Sqlite3.BindBlob(_handle, index, start, length, lifetime));
}
