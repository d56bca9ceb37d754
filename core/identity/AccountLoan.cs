namespace CompatBot.Core.Identity;

/// <summary>Lets work in the background have an open account, without keeping it open.</summary>
/// <param name="account">Open until this is disposed.</param>
/// <param name="loan">Released then.</param>
/// <param name="ends">Signalled when the account wants to close, and waits.</param>
internal sealed class AccountLoan(Account account, SemaphoreSlim loan, CancellationToken ends) : IDisposable
{
    public Account Account => account;

    public CancellationToken Ends => ends;

    public void Dispose() => loan.Release();
}
