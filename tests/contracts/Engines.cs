using CompatBot.Core.Store;
using CompatBot.Storage.Memory;

namespace CompatBot.ContractTests;

public sealed class MemoryJournalTests : JournalContract
{
    protected override bool IsDurable => false;

    protected override ValueTask<IStore> OpenAsync() => ValueTask.FromResult<IStore>(new MemoryStore());
}

public sealed class MemoryBlobTests : BlobContract
{
    protected override bool IsDurable => false;

    protected override ValueTask<IStore> OpenAsync() => ValueTask.FromResult<IStore>(new MemoryStore());
}

public sealed class MemoryDropboxTests : DropboxContract
{
    protected override bool IsDurable => false;

    protected override ValueTask<IStore> OpenAsync() => ValueTask.FromResult<IStore>(new MemoryStore());
}

public sealed class MemoryDirectoryTests : DirectoryContract
{
    protected override bool IsDurable => false;

    protected override ValueTask<IStore> OpenAsync() => ValueTask.FromResult<IStore>(new MemoryStore());
}

public sealed class SqliteJournalTests : JournalContract
{
    private readonly TestFolder _folder = new();

    protected override ValueTask<IStore> OpenAsync() => _folder.OpenAsync();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}

public sealed class SqliteBlobTests : BlobContract
{
    private readonly TestFolder _folder = new();

    protected override ValueTask<IStore> OpenAsync() => _folder.OpenAsync();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}

public sealed class SqliteDropboxTests : DropboxContract
{
    private readonly TestFolder _folder = new();

    protected override ValueTask<IStore> OpenAsync() => _folder.OpenAsync();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}

public sealed class SqliteDirectoryTests : DirectoryContract
{
    private readonly TestFolder _folder = new();

    protected override ValueTask<IStore> OpenAsync() => _folder.OpenAsync();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}
