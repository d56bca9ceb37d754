using CompatBot.Core.Store;
using CompatBot.Storage.Memory;

namespace CompatBot.Gateway;

/// <param name="DataDirectory">Where the store lies; the caller holds its lock.</param>
/// <param name="Serving">A server runs on it: sessions are open.</param>
/// <param name="VaultGrace">How long keys stay open after the last session.</param>
public sealed record CompositionOptions(string DataDirectory, bool Serving, TimeSpan VaultGrace)
{
    /// <summary>For one verb, without sessions.</summary>
    public static CompositionOptions ForVerb(string dataDirectory) => new(dataDirectory, Serving: false, TimeSpan.Zero);
}

/// <summary>The store and core's services over it, put together once for the server or for one verb.</summary>
public sealed class Composition : IAsyncDisposable
{
    private Composition(IStore store, bool serving, TimeProvider time) => (Store, Serving, Time) = (store, serving, time);

    public IStore Store { get; }

    public bool Serving { get; }

    public TimeProvider Time { get; }

    public static async Task<Composition> OpenAsync(CompositionOptions options, TimeProvider time, CancellationToken cancellation)
    {
        await Task.CompletedTask;
        return new Composition(new MemoryStore(), options.Serving, time);
    }

    public async ValueTask DisposeAsync() => await Store.DisposeAsync();
}
