namespace CompatBot.Storage.Sqlite.Native;

/// <summary>SQLite said no. The text is SQLite's own and names tables and conditions, never stored content.</summary>
public sealed class SqliteException(int code, string message) : IOException($"SQLite error {code}: {message}")
{
    /// <summary>Extended result code (https://sqlite.org/rescode.html).</summary>
    public int Code { get; } = code;

    /// <summary>The low byte: what kind of trouble it is.</summary>
    public int Kind => Code & 0xFF;
}
