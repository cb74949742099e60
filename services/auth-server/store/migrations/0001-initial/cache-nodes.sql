-- The Redis primaries of the token-state cache (docs/adr/0020), as names separated by spaces. Tokens belong to the active ones.
-- Changes fence and drop on the active ones and on those that are being drained.
CREATE TABLE cache_nodes (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  active text NOT NULL CHECK (active <> ''),
  draining text NOT NULL DEFAULT ''
);
INSERT INTO cache_nodes (active) VALUES ('main');

-- The nodes on which a change must fence and drop. No other list is stored before the end of the change's transaction.
-- VOLATILE, so that the query has a snapshot from after the lock.
CREATE FUNCTION nodes_of_change() RETURNS text VOLATILE LANGUAGE plpgsql AS $$
BEGIN
  PERFORM take_lock('cache_nodes', 'share');
  RETURN (SELECT trim(active || ' ' || draining) FROM cache_nodes);
END $$;
