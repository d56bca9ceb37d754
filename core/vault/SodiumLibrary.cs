namespace CompatBot.Core.Vault;

/// <summary>The libsodium that was loaded.</summary>
public static class SodiumLibrary
{
    /// <exception cref="TypeInitializationException">It is not there, or does not start.</exception>
    public static Version Version => Version.Parse(Sodium.VersionText);
}
