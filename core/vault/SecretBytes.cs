using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace CompatBot.Core.Vault;

/// <summary>
/// Key bytes outside of the garbage collector's reach: locked (as far as RLIMIT_MEMLOCK allows), left out of core dumps,
/// zeroed when freed. One block costs about four pages, so keys that live together share a block by <see cref="Slice"/>.
/// </summary>
public sealed unsafe class SecretBytes : IDisposable
{
    private readonly Block _block;
    private readonly int _offset;

    private SecretBytes(Block block, int offset, int length) => (_block, _offset, Length) = (block, offset, length);

    public int Length { get; }

    /// <summary>Use it while nobody can dispose of the block; seals take a <see cref="Hold"/> for their own duration.</summary>
    public ReadOnlySpan<byte> Span => Writable;

    internal Span<byte> Writable
    {
        get
        {
            ObjectDisposedException.ThrowIf(_block.IsClosed, this);
            return new((byte*)_block.DangerousGetHandle() + _offset, Length);
        }
    }

    public static SecretBytes Random(int length)
    {
        var secret = Zeroed(length);
        RandomNumberGenerator.Fill(secret.Writable);
        return secret;
    }

    public static SecretBytes Copy(ReadOnlySpan<byte> bytes)
    {
        var secret = Zeroed(bytes.Length);
        bytes.CopyTo(secret.Writable);
        return secret;
    }

    internal static SecretBytes Zeroed(int length) => new(new Block(length), 0, length);

    /// <summary>A part of this block. Disposing of either frees the whole.</summary>
    internal SecretBytes Slice(int offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)offset + (uint)length, (uint)Length, nameof(length));
        return new(_block, _offset + offset, length);
    }

    /// <summary>Keeps the memory mapped until the hold is disposed of, even when the owner disposes of the key meanwhile.</summary>
    /// <exception cref="ObjectDisposedException">The key is closed.</exception>
    internal Hold Use() => new(_block);

    public void Dispose() => _block.Dispose();

    public override string ToString() => "(key)";

    internal readonly ref struct Hold
    {
        private readonly Block _block;

        public Hold(Block block)
        {
            var held = false;
            block.DangerousAddRef(ref held);
            _block = block;
        }

        public void Dispose() => _block.DangerousRelease();
    }

    internal sealed class Block : SafeHandle
    {
        private readonly int _length;
        private readonly bool _guarded;

        public Block(int length) : base(0, ownsHandle: true)
        {
            _length = length;
            var pointer = Sodium.Allocate(length);
            _guarded = pointer != null;

            // With some 10,000 accounts open the kernel's limit on mappings (vm.max_map_count) is near: plain memory then, still zeroed.
            if (!_guarded) pointer = (byte*)NativeMemory.Alloc((nuint)length);
            new Span<byte>(pointer, length).Clear();
            SetHandle((nint)pointer);
        }

        public override bool IsInvalid => handle == 0;

        protected override bool ReleaseHandle()
        {
            if (_guarded)
            {
                Sodium.Free((byte*)handle);
                return true;
            }

            CryptographicOperations.ZeroMemory(new Span<byte>((void*)handle, _length));
            NativeMemory.Free((void*)handle);
            return true;
        }
    }
}
