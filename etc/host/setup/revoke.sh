# --- revoke --------------------------------------------------------------------------------------------

remove_key() {
  [ -f "$root$keys" ] || return 0
  begin "$keys"
  mode=$(stat -c %a "$old")
  vm=$vm awk 'index($0, "command=\"vmmanage-host --vm " ENVIRON["vm"] "\",restrict ") != 1' "$old" >"$new"
  finish "$keys" "$mode"
}

deny_sudo() {
  [ -f "$root$SUDOERS" ] || return 0
  begin "$SUDOERS"
  line=$(sudo_line "$vm") awk '$0 != ENVIRON["line"]' "$old" >"$new"
  finish_sudoers
}

# Its lines and one blank line before it go; comments right above the next section belong to that.
remove_section() {
  has_section "$vm" || return 0
  begin "$CONF/vms.conf"
  vm=$vm awk '
    function blanks() { for (; blank > 0; blank--) print "" }
    { bare = $0; sub(/^[ \t]+/, "", bare); sub(/[ \t]+$/, "", bare) }
    bare == "[" ENVIRON["vm"] "]" {
      printf "%s", held; held = ""
      if (blank) blank--
      blanks(); inside = 1; next
    }
    bare ~ /^\[.*\]$/ { printf "%s", held; held = ""; inside = 0; blanks(); print; next }
    inside && bare ~ /^([#;].*)?$/ { held = held $0 "\n"; next }
    inside { held = ""; next }
    $0 == "" { blank++; next }
    { blanks(); print }
    END { printf "%s", held; blanks() }' "$old" >"$new"
  finish "$CONF/vms.conf" 644
}

# left WHAT: what a person may want to look at.
left() { say "left: $*"; }

tell_what_is_left() {
  [ ! -e "$root$CONF/hold.d/$vm" ] || left "its hold, $CONF/hold.d/$vm"
  [ ! -d "$root$STATE/$vm" ] || left "what became of its transfers, $STATE/$vm; one that is under way goes on"
  [ ! -f "$root$keys" ] || vm=$vm awk -v file="$keys" '
    index($0, "--vm " ENVIRON["vm"] "\"") || index($0, "--vm " ENVIRON["vm"] " ") { print "left: line " NR " of " file ", which is not as host-setup writes it" }' "$root$keys"
  left 'its key and section on the other hosts, until this was run there, too'
}

main() {
  need_installed
  remove_key
  deny_sudo
  remove_section
  ending
  tell_what_is_left
}
