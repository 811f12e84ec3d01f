# --- sudoers -------------------------------------------------------------------------------------------

readonly SUDO_KEEPS="Defaults:$account env_keep += \"SSH_ORIGINAL_COMMAND SSH_CONNECTION\""

has_sudo() { if [ -n "$root" ]; then [ -x "$root/usr/bin/sudo" ]; else command -v sudo >/dev/null; fi; }

# The exact command of a guest, without a wildcard.
sudo_line() { say "$account ALL=(root) NOPASSWD: $PROGRAM --vm $1"; }

# What sudo can't read would lock everybody out of it.
finish_sudoers() {
  chmod 440 "$new"
  ! command -v visudo >/dev/null || visudo -cqf "$new" >/dev/null || fail "visudo does not take what $SUDOERS would be"
  finish "$SUDOERS" 440
}
