namespace CompatBot.Storage.Sqlite.Native;

/// <summary>A statement's text, with the slot in which each connection keeps it prepared. Made once, in static fields.</summary>
internal sealed class Query(string sql)
{
    private static int _count;

    public static int Count => Volatile.Read(ref _count);

    public string Sql { get; } = sql;

    public int Index { get; } = Interlocked.Increment(ref _count) - 1;
}
