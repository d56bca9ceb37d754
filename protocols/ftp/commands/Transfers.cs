using System.Buffers;
using System.Globalization;
using CompatBot.Core.Content;
using CompatBot.Core.Items;
using CompatBot.Core.Store;
using CompatBot.Protocols.Ftp.Data;

namespace CompatBot.Protocols.Ftp.Commands;

/// <summary>
/// Files over a data connection (RFC 959 section 4.1.3, RFC 3659 section 5). 226 says that a file is durable. Of an upload that breaks off,
/// what came is kept where nothing would be lost by it: where there was no file, and behind REST and APPE, so that it can be gone on with.
/// </summary>
internal static class Transfers
{
    public static ValueTask<FtpReply> RestartAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (!long.TryParse(argument.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var at)) return new(FtpReply.Syntax);
        if (session.IsAscii && at > 0) return new(new FtpReply(501, "Not in ASCII: TYPE I first"));
        session.RestartAt = at;
        return new(new FtpReply(350, $"The next transfer begins at {at}"));
    }

    public static async ValueTask<FtpReply> RetrieveAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        if (await session.LookAsync(argument, cancellation) is not { Found.Item: { } file }) return FtpReply.NotFound;
        var start = session.RestartAt;
        if (start > file.Size) return new FtpReply(551, "The file is shorter than that");
        var reader = session.Items.Read(file);
        await reader.ReadAsync(start, cancellation); // A damaged file is an error, and not the beginning of one.
        return await OverDataAsync(session, $"{file.Size - start} octets follow", false, async data =>
        {
            var (lines, text) = (default(LineEnds), new ArrayBufferWriter<byte>());
            await foreach (var octets in reader.StreamAsync(start, file.Size, cancellation))
            {
                if (session.IsAscii) lines.ToWire(octets.Span, text);
                await data.WriteAsync(session.IsAscii ? text.WrittenMemory : octets);
            }

            await data.EndAsync();
            return new FtpReply(226, "That is all");
        });
    }

    public static ValueTask<FtpReply> StoreAsync(FtpSession session, string argument, CancellationToken cancellation) =>
        TakeAsync(session, argument, session.RestartAt, cancellation);

    public static async ValueTask<FtpReply> AppendAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        var found = await session.FindAsync(argument, cancellation);
        return await TakeAsync(session, argument, found?.Item?.Size ?? 0, cancellation);
    }

    public static async ValueTask<FtpReply> StoreUniqueAsync(FtpSession session, string argument, CancellationToken cancellation)
    {
        var wanted = argument.Length > 0 ? argument : "file";
        var name = wanted;
        for (var i = 0; await session.FindAsync(name, cancellation) is { IsNothing: false }; i++) name = $"{wanted}.{i}";
        return await TakeAsync(session, name, 0, cancellation, $"FILE: {name}");
    }

    /// <summary>Opens the data connection, runs a transfer over it and closes it, while the control connection is listened to.</summary>
    public static async ValueTask<FtpReply> OverDataAsync(
        FtpSession session, string begins, bool isUpload, Func<DataConnection, ValueTask<FtpReply>> transfer)
    {
        if (session.Data is not { } port) return new FtpReply(425, "PASV or EPSV first");
        session.Data = null;
        using var _ = port;
        if (!session.IsDataProtected && !session.Connection.IsLoopback) return new FtpReply(521, "PROT P first");
        new FtpReply(150, begins).WriteTo(session.Connection.Output);
        if (!await session.Connection.FlushAsync()) return FtpHandler.GoodbyeFor(Net.Lines.LineStatus.Closed);
        return await session.WhileListeningAsync(async stop =>
        {
            DataConnection data;
            try
            {
                data = await DataConnection.OpenAsync(session, port, isUpload, stop);
            }
            catch (IOException)
            {
                return new FtpReply(425, "No data connection came");
            }

            await using (data)
            {
                try
                {
                    return await transfer(data);
                }
                catch (IOException error) when (error is not ContentException)
                {
                    return new FtpReply(426, "The data connection broke");
                }
            }
        });
    }

    private static async ValueTask<FtpReply> TakeAsync(
        FtpSession session, string argument, long start, CancellationToken cancellation, string begins = "Send it")
    {
        if (await session.FindAsync(argument, cancellation) is not { } found) return new FtpReply(553, "There is no such folder");
        if (found.Collection is not null || argument.EndsWith('/')) return new FtpReply(553, "That is a folder");
        if (!ItemNames.IsValid(found.Place.Name)) return FtpReply.BadPath;
        if (session.Items.ReadOnly) return FtpReply.From(Refusal.NotPermitted);
        var unlocked = session.Unlocked(found.Place);
        if (unlocked(session.Items.State) is var locked and not Refusal.None) return FtpReply.From(locked);
        if (start > (found.Item?.Size ?? 0)) return new FtpReply(551, "The file is shorter than that");
        var (replaces, isDoubtful) = (found.Item is not null && start == 0, false);
        Refusal Guard(ItemState state) =>
            (start > 0 && !state.Has(found.Place, found.Item)) || (isDoubtful && session.HasHungUp)
                ? Refusal.Conflict
                : unlocked(state);
        return await OverDataAsync(session, begins, true, async data =>
        {
            using var upload = new Upload(session, found, start);
            var began = session.Services.Time.GetTimestamp();
            var (refusal, isWhole) = await upload.ReceiveAsync(data, cancellation);
            if (refusal != Refusal.None) return FtpReply.From(refusal);
            if (isWhole) await data.AcknowledgeAsync();
            isDoubtful = replaces && isWhole && !data.IsEndSaid;
            if (isDoubtful && await session.IsGoneAsync(began)) isWhole = false;
            if (!isWhole && replaces) return new FtpReply(426, "It broke off, and the old file stays");
            refusal = await upload.PutAsync(Guard, cancellation);
            if (refusal != Refusal.None) return FtpReply.From(refusal);
            return isWhole ? new FtpReply(226, "Stored") : new FtpReply(426, "It broke off; what came is kept");
        });
    }

    /// <summary>New content of a file on its way into the store.</summary>
    private sealed class Upload(FtpSession session, Found found, long start) : IDisposable
    {
        private readonly ItemWriter _writer = session.Items.Write();

        /// <summary>What there is up to where it goes on, and then what comes.</summary>
        public async ValueTask<(Refusal Refusal, bool IsWhole)> ReceiveAsync(DataConnection data, CancellationToken cancellation)
        {
            if (start > 0 && await _writer.ShareAsync(found.Item!, 0, start, cancellation) is var shared and not Refusal.None)
            {
                return (shared, false);
            }

            var buffer = ArrayPool<byte>.Shared.Rent(DataStream.BlockBytes);
            var (lines, text) = (default(LineEnds), new ArrayBufferWriter<byte>());
            try
            {
                for (int count; (count = await data.ReadAsync(buffer)) > 0;)
                {
                    if (session.IsAscii) lines.ToFile(buffer.AsSpan(0, count), text);
                    var part = session.IsAscii ? text.WrittenMemory : buffer.AsMemory(0, count);
                    if (await WriteAsync(part, cancellation) is var refusal and not Refusal.None) return (refusal, false);
                }

                return (await WriteAsync(lines.Rest, cancellation), true);
            }
            catch (IOException error) when (error is not ContentException)
            {
                return (Refusal.None, false);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
            }
        }

        public async ValueTask<Refusal> PutAsync(ItemGuard guard, CancellationToken cancellation)
        {
            var item = await _writer.CompleteAsync(found.Item?.MediaType, cancellation);
            return item.Declined ? item.Refusal : (await session.Items.PutAsync(found.Place, item.Value!, guard, cancellation)).Refusal;
        }

        public void Dispose() => _writer.Dispose();

        private ValueTask<Refusal> WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellation) =>
            _writer.Length + octets.Length > session.Limits.FileBytesMax
                ? new(Refusal.TooLarge)
                : _writer.WriteAsync(octets, cancellation);
    }
}
