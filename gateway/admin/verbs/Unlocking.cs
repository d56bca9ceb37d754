using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using CompatBot.Core.Vault;

namespace CompatBot.Gateway.Admin.Verbs;

/// <summary>Opens an account with what --unlock or the environment gave: 24 words, or a password of a full device.</summary>
internal static class Unlocking
{
    /// <summary>The protocol name that a device's scopes must allow for the command line.</summary>
    private const string Protocol = "cli";

    /// <param name="context">Holds the words or the password.</param>
    /// <param name="address">Null: the account whose words they are.</param>
    /// <param name="cancellation">Of the verb.</param>
    /// <returns>Locked when nothing was given; or what core says.</returns>
    public static async ValueTask<Outcome<Keyring>> OpenAsync(VerbContext context, string? address, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(context.Unlock)) return Refusal.Locked;
        using var words = Words.Parse(context.Unlock);
        if (words is not null)
        {
            return address is null
                ? await context.Composition.Accounts.RecoverAsync(words, cancellation)
                : await context.Composition.Accounts.RecoverAsync(address, words, cancellation);
        }

        return address is null
            ? Refusal.BadCredentials
            : await context.Composition.Credentials.OpenAsync(address, new Password(context.Unlock), Protocol, cancellation);
    }

    /// <summary>Opens an account and starts a session on it, for the verbs that read or change its items.</summary>
    /// <param name="context">Holds the words or the password.</param>
    /// <param name="address">Null: the account whose words they are.</param>
    /// <param name="cancellation">Of the verb.</param>
    public static async ValueTask<Outcome<Session>> StartAsync(VerbContext context, string? address, CancellationToken cancellation)
    {
        var opened = await OpenAsync(context, address, cancellation);
        return opened.Declined ? opened.Refusal : await context.Composition.Sessions.StartAsync(opened.Value, cancellation);
    }

    public static VerbAnswer Declined(VerbContext context, Refusal refusal, string address)
    {
        const string Given = $"what --unlock or {CommonOptions.UnlockVariable} gave";
        return refusal == Refusal.BadCredentials
            ? context.Failed(ExitCode.Denied, $"{Given} is neither the 24 words nor a password of {address}")
            : context.Declined(refusal, address);
    }
}
