using CompatBot.Core.Identity;
using CompatBot.Core.Store;
using Xunit;

namespace CompatBot.UnitTests.Mail;

/// <summary>Fails the test when the vault tells of trouble that the test does not expect.</summary>
internal sealed class VaultTrouble : IVaultLog
{
    /// <summary>Told of each slice that failed; null when none may.</summary>
    public Action<Refusal, Exception?>? Expected { get; set; }

    public void CloseFailed(Exception error) => Assert.Fail(error.ToString());

    public void IntakeFailed(AccountId account, Refusal refusal, Exception? error)
    {
        if (Expected is null) Assert.Fail($"{refusal} {error}");
        Expected(refusal, error);
    }

    public void Closed()
    {
    }
}
