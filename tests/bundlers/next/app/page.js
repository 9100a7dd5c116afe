'use client';

import { useEffect, useState } from 'react';
import { visit } from '../visit.js';

export default function Page() {
  const [text, setText] = useState('');
  useEffect(() => {
    visit().then((said) => setText(JSON.stringify(said)));
  }, []);
  return <output>{text}</output>;
}
