namespace CompatBot.Protocols.Net;

/// <summary>Why a connection stops waiting for its peer.</summary>
[Flags]
internal enum Interrupts
{
    None = 0,
    Idle = 1,
    Drain = 2,
    Wake = 4,
    Cut = 8,
}

/// <summary>What a connection waits for; decides what its deadline does.</summary>
internal enum Waiting
{
    Nothing,
    Input,
    Output,
    Handshake,
}
