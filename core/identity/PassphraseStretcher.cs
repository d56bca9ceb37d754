using System.Security.Cryptography;
using System.Text;
using CompatBot.Core.Identity.Proto;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;
using Google.Protobuf;

namespace CompatBot.Core.Identity;

/// <summary>Argon2id for passphrases: 64 MiB each, so few run at once and only some may wait.</summary>
public sealed class PassphraseStretcher : IDisposable
{
    public const uint MemoryKib = 64 * 1024;
    public const uint Passes = 2;

    /// <summary>Stretches that run at once: 128 MiB in all.</summary>
    public const int RunningMax = 2;

    /// <summary>Stretches that may wait, about 100 ms each; the next one is told Unavailable.</summary>
    public const int WaitingMax = 32;

    private readonly SemaphoreSlim _running = new(RunningMax);
    private int _inside;

    internal static Stretch NewParameters() => new()
    {
        Salt = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(16)), Passes = Passes, MemoryKib = MemoryKib,
    };

    /// <returns>32 bytes; Unavailable when too many wait or the memory cannot be had; Damaged for parameters beyond the limits.</returns>
    internal async ValueTask<Outcome<SecretBytes>> StretchAsync(Password password, Stretch parameters, CancellationToken cancellation)
    {
        if (parameters.MemoryKib is < 8 or > MemoryKib || parameters.Passes is < 1 or > 16 || parameters.Salt.Length != 16)
        {
            return Refusal.Damaged;
        }

        if (!await EnterAsync(cancellation)) return Refusal.Unavailable;
        try
        {
            return Run(password, parameters);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Waits for a turn; false at once when too many wait already.</summary>
    internal async ValueTask<bool> EnterAsync(CancellationToken cancellation)
    {
        if (Interlocked.Increment(ref _inside) > RunningMax + WaitingMax)
        {
            Interlocked.Decrement(ref _inside);
            return false;
        }

        try
        {
            await _running.WaitAsync(cancellation);
            return true;
        }
        catch
        {
            Interlocked.Decrement(ref _inside);
            throw;
        }
    }

    internal void Leave()
    {
        _running.Release();
        Interlocked.Decrement(ref _inside);
    }

    public void Dispose() => _running.Dispose();

    private static Outcome<SecretBytes> Run(Password password, Stretch parameters)
    {
        var bytes = Encoding.UTF8.GetBytes(password.Value.Normalize(NormalizationForm.FormC));
        var stretched = SecretBytes.Zeroed(Sodium.KeyBytes);
        if (Sodium.Argon2Id(stretched.Writable, bytes, parameters.Salt.Span, parameters.Passes, parameters.MemoryKib)) return stretched;
        stretched.Dispose();
        return Refusal.Unavailable;
    }
}
