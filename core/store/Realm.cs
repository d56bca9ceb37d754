namespace CompatBot.Core.Store;

/// <summary>What one key of an account opens. The numbers are part of the stored format (storage/FORMAT.md) and never change.</summary>
public enum Realm : byte
{
    Mail = 1,
    Calendar = 2,
    Contacts = 3,
    Files = 4,
    Settings = 5,
}
