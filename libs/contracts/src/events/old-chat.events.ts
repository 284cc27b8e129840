/**
 * What clients of the older chat are told. Where two of them know an event in different shapes it has
 * both. Times are ISO 8601; names are those of the accounts.
 */

export interface OldWelcome {
  message: string;
  timestamp: string;
}

/** Who the client is; null for what the account has not. */
export interface OldAuthenticated {
  user: { id: string; email: string | null; username: string };
  timestamp: string;
}

/** The right to be here has ended; the connection is closed after it. */
export interface OldAuthError {
  message: string;
  /** An error code. */
  error: string;
}

/** A request was refused: beside its ack, for clients that read none. */
export interface OldError {
  message: string;
  /** `MESSAGE_SEND_ERROR` for messages, else the code of the refusal. */
  code: string;
  /** The code of the refusal. */
  reason: string;
}

/** Somebody came or went, in the lobby or in a room. */
export interface OldPresence {
  username: string;
  timestamp: string;
  /** As the client spelled it; in rooms only. */
  room?: string;
  /** For clients that join a room by its bare name. */
  message?: string;
}

export interface OldMessage {
  id: string;
  username: string;
  /** The text, under both names that clients know. */
  message: string;
  text: string;
  /** Id of the user. */
  sender: string;
  timestamp: string;
  room?: string;
}

/** The ack data of `getRoomMembers`. */
export interface OldRoomMembers {
  room: string;
  /** People, however many devices each has. */
  memberCount: number;
  /** One a person, made up for this answer. */
  socketIds: string[];
  members: { userId: string; username: string }[];
}

export interface OldChatServerToClient {
  welcome: (fact: OldWelcome) => void;
  authenticated: (fact: OldAuthenticated) => void;
  authError: (fact: OldAuthError) => void;
  error: (fact: OldError) => void;
  onlineUsers: (fact: { users: string[] }) => void;
  userJoined: (fact: OldPresence) => void;
  userLeft: (fact: OldPresence) => void;
  newMessage: (fact: OldMessage) => void;
  userJoinedRoom: (fact: OldPresence) => void;
  userLeftRoom: (fact: OldPresence) => void;
  newRoomMessage: (fact: OldMessage) => void;
}
