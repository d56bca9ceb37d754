using System.Buffers;
using CompatBot.Core.Drops;
using CompatBot.Core.Store;
using CompatBot.Protocols.Ftp.Data;

namespace CompatBot.Protocols.Ftp.Commands;

/// <summary>What a device may do that may only upload, such as a scanner: put new files into one folder, for it an empty root.</summary>
internal static class Dropping
{
    public static ValueTask<FtpReply> RefuseAsync(FtpSession session, string argument, CancellationToken cancellation) =>
        new(new FtpReply(550, "This device may only upload"));

    public static ValueTask<FtpReply> ChangeAsync(FtpSession session, string argument, CancellationToken cancellation) =>
        new(session.Resolve(argument) is { Count: 0 } ? new FtpReply(250, "\"/\" is the working folder") : FtpReply.NotFound);

    public static ValueTask<FtpReply> UpAsync(FtpSession session, string argument, CancellationToken cancellation) =>
        ChangeAsync(session, "/", cancellation);

    /// <summary>STOR and STOU: what is there of the same name stays, and what comes gets a free one.</summary>
    public static async ValueTask<FtpReply> StoreAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (session.Resolve(argument.Length > 0 ? argument : "file") is not [var name] || argument.EndsWith('/')) return FtpReply.BadPath;
        if (session.RestartAt > 0) return new FtpReply(550, "This device may only upload whole files");
        var login = session.Drop!;
        var opened = await session.Services.Drops!.OpenAsync(login.Account, login.Device, login.Folder, name, null, 0, cancellation);
        if (opened.Declined) return FtpReply.From(opened.Refusal);
        await using var drop = opened.Value;
        return await Transfers.OverDataAsync(session, "Send it", true, async data =>
        {
            var began = session.Services.Time.GetTimestamp();
            var refusal = await ReceiveAsync(session, data, drop, cancellation);
            if (refusal == Refusal.None)
            {
                await data.AcknowledgeAsync();
                if (!data.IsEndSaid && await session.IsGoneAsync(began)) return new FtpReply(426, "It broke off");
                refusal = await drop.CommitAsync(cancellation);
            }

            return refusal == Refusal.None ? new FtpReply(226, "Stored") : FtpReply.From(refusal);
        });
    }

    private static async ValueTask<Refusal> ReceiveAsync(
        FtpSession session, DataConnection data, FileDrop drop, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(DataStream.BlockBytes);
        var (lines, text) = (default(LineEnds), new ArrayBufferWriter<byte>());
        try
        {
            for (int count; (count = await data.ReadAsync(buffer)) > 0;)
            {
                if (session.IsAscii) lines.ToFile(buffer.AsSpan(0, count), text);
                var part = session.IsAscii ? text.WrittenMemory : buffer.AsMemory(0, count);
                if (await drop.WriteAsync(part, cancellation) is var refusal and not Refusal.None) return refusal;
            }

            return await drop.WriteAsync(lines.Rest, cancellation);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }
}
